package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Sends bytes to a server, and compares those that come back. */
final class RawClient implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket = new Socket();

  RawClient(InetSocketAddress address) throws IOException {
    socket.connect(address, PATIENCE_MILLIS);
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  void expect(String answers) throws IOException {
    byte[] read = socket.getInputStream().readNBytes(answers.length());
    assertEquals(answers, new String(read, ISO_8859_1));
  }

  void expectStartOfLine(String start) throws IOException {
    expect(start);
    int next = socket.getInputStream().read();
    while (next != '\n') {
      next = socket.getInputStream().read();
    }
  }

  void expectEnd() throws IOException {
    assertEquals(-1, socket.getInputStream().read());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
