/**
 * The smallest program that uses the library: three nodes, and a machine that returns what it is
 * given.
 */
@NullMarked
package io.github.skywalker.examples.echo;

import org.jspecify.annotations.NullMarked;
