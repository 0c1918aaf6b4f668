package io.github.skywalker.network;

import com.google.protobuf.ByteString;
import io.github.skywalker.api.Member;

/**
 * Who a node says it is in its handshake.
 *
 * @param member its id, and where it can be reached
 * @param dataId the random id of its data directory
 * @param boot how often it was started on that directory
 */
record Identity(Member member, ByteString dataId, int boot) {

  int nodeId() {
    return member.nodeId();
  }
}
