package io.github.skywalker.network;

/**
 * The bounds of what goes to one peer on one lane.
 *
 * @param maxFrameBytes for the payload of a frame
 * @param maxOutgoingBytes for the messages that wait
 * @param reconnectNanos the first pause between attempts to connect
 */
record LinkLimits(int maxFrameBytes, long maxOutgoingBytes, long reconnectNanos) {}
