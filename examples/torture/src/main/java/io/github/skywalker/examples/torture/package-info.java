/** A cluster of real processes, what befalls them, and a judge of what they answered. */
@NullMarked
package io.github.skywalker.examples.torture;

import org.jspecify.annotations.NullMarked;
