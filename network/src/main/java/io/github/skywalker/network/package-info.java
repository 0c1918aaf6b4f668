/** Links between nodes. A network may lose what it is given; it never blocks and never throws. */
@NullMarked
package io.github.skywalker.network;

import org.jspecify.annotations.NullMarked;
