package io.github.skywalker.storage;

/**
 * Where a record lies.
 *
 * @param segment that holds it
 * @param offset where it begins in the segment's file
 * @param length of the whole record in bytes
 */
record Place(Segment segment, int offset, int length) {}
