/**
 * What a user of the library sees: the node and its groups, the machines that run in them, and how
 * each proposal ends.
 */
@NullMarked
package io.github.skywalker.api;

import org.jspecify.annotations.NullMarked;
