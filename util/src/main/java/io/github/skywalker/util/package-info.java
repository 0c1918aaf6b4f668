/**
 * What every other module stands on: run loops, the clock, checks that are always on, durable files
 * and named threads.
 */
@NullMarked
package io.github.skywalker.util;

import org.jspecify.annotations.NullMarked;
