/**
 * The built-in state machines as pure transitions, and the way of decided values to the machines of
 * the user.
 */
@NullMarked
package io.github.skywalker.machine;

import org.jspecify.annotations.NullMarked;
