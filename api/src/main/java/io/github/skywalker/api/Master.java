package io.github.skywalker.api;

/**
 * The master of a group, as its log says.
 *
 * @param member the master
 * @param version the instance of its master entry: rises with each mastership, so that it serves as
 *     a fencing token towards anything outside the group
 */
public record Master(Member member, long version) {}
