package io.github.skywalker.network;

import io.netty.handler.codec.DecoderException;

/** What came is not a frame. There is no finding the start of the next one: the connection ends. */
final class BadFrameException extends DecoderException {

  private static final long serialVersionUID = 1L;

  BadFrameException(String reason) {
    super(reason);
  }

  /** Its place in the code says nothing, and strangers can cause many. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
