/** A benchmark of the library, beside what the machine can do. */
@NullMarked
package io.github.skywalker.examples.benchmark;

import org.jspecify.annotations.NullMarked;
