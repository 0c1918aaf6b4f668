package io.github.skywalker.examples.torture;

import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection to a node's client port, for one thing at a time. */
final class NodeClient implements AutoCloseable {

  private static final Gson GSON = new Gson();
  private static final int CONNECT_MILLIS = 1000;

  private final Socket socket = new Socket();
  private final BufferedReader in;
  private final BufferedWriter out;

  NodeClient(InetSocketAddress address, int answerMillis) throws IOException {
    try {
      socket.connect(address, CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(answerMillis);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      out =
          new BufferedWriter(
              new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8));
    } catch (IOException refused) {
      socket.close();
      throw refused;
    }
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws IOException if none came: nobody knows what has happened, and the connection is of no
   *     more use
   */
  Answer ask(Ask ask) throws IOException {
    out.write(GSON.toJson(ask));
    out.newLine();
    out.flush();
    String line = in.readLine();
    if (line == null) {
      throw new EOFException("the node is gone");
    }
    return GSON.fromJson(line, Answer.class);
  }

  /** Asks a node what it says of itself. */
  static NodeStatus status(InetSocketAddress address, Ask.Verb verb, int millis)
      throws IOException {
    try (NodeClient client = new NodeClient(address, millis)) {
      return GSON.fromJson(client.ask(Ask.of(verb, 0)).text(), NodeStatus.class);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
