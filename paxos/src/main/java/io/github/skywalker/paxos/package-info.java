/**
 * The node: it hosts groups, feeds each one's core with events, and carries out what the core asks
 * for.
 */
@NullMarked
package io.github.skywalker.paxos;

import org.jspecify.annotations.NullMarked;
