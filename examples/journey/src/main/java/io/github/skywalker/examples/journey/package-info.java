/** A replicated key-value store, with a shell to talk to it. */
@NullMarked
package io.github.skywalker.examples.journey;

import org.jspecify.annotations.NullMarked;
