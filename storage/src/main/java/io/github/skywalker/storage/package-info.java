/**
 * The log that all groups of a node share, its one writer, and the directories of checkpoints. It
 * stores bytes under group and instance ids, and knows no ballot.
 */
@NullMarked
package io.github.skywalker.storage;

import org.jspecify.annotations.NullMarked;
