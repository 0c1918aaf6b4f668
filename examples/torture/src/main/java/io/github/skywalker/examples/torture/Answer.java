package io.github.skywalker.examples.torture;

/**
 * The answer to an {@link Ask}.
 *
 * @param type whether it happened
 * @param text what was read, or why it did not happen
 */
record Answer(Step.Type type, String text) {}
