/**
 * The protocol of one group, without IO, threads, clocks or randomness of its own: an event and the
 * time go in, and what is to be sent, written and executed comes out.
 */
@NullMarked
package io.github.skywalker.paxos.core;

import org.jspecify.annotations.NullMarked;
