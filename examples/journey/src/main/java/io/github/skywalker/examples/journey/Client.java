package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.skywalker.api.TlsFiles;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** One connection to a server: asks, and waits for the answer. For one thread. */
final class Client implements Servers.Link {

  /** Deeper than any server answers. */
  private static final int MOST_NESTED = 8;

  private static final int MOST_ITEMS = 1 << 20;
  private static final int MOST_BYTES = 512 << 20;
  private static final int MOST_LINE_CHARACTERS = 64 << 10;

  private final Socket socket;
  private final DataInputStream in;

  private Client(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /**
   * How to connect to servers.
   *
   * @param tls what to show them, and whom to trust; null for plain connections
   */
  static Servers.Connector connector(@Nullable TlsFiles tls) {
    return (address, timeoutMillis) -> connect(address, tls, timeoutMillis);
  }

  /** Connects to a server without TLS. */
  static Client connect(InetSocketAddress address, int timeoutMillis) throws IOException {
    return connect(address, null, timeoutMillis);
  }

  private static Client connect(
      InetSocketAddress address, @Nullable TlsFiles tls, int timeoutMillis) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      InetSocketAddress resolved =
          new InetSocketAddress(address.getHostString(), address.getPort());
      if (resolved.isUnresolved()) {
        throw new IOException("there is no host of this name");
      }
      socket.connect(resolved, timeoutMillis);
      return new Client(tls == null ? socket : secure(socket, tls, timeoutMillis));
    } catch (IOException failure) {
      socket.close();
      throw failure;
    }
  }

  private static Socket secure(Socket plain, TlsFiles tls, int timeoutMillis) throws IOException {
    plain.setSoTimeout(timeoutMillis);
    SSLSocket socket = (SSLSocket) tls.context().getSocketFactory().createSocket(plain, null, true);
    socket.setUseClientMode(true);
    socket.setEnabledProtocols(new String[] {TlsFiles.PROTOCOL});
    socket.startHandshake();
    if (!ClientTls.isServer((X509Certificate) socket.getSession().getPeerCertificates()[0])) {
      throw new IOException("its certificate is not that of a server of journey");
    }
    return socket;
  }

  @Override
  public Answer call(List<byte[]> words, int timeoutMillis) throws IOException {
    socket.setSoTimeout(timeoutMillis);
    socket.getOutputStream().write(encode(words));
    return read(0);
  }

  private static byte[] encode(List<byte[]> words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(header('*', words.size()));
    for (byte[] word : words) {
      out.writeBytes(header('$', word.length));
      out.writeBytes(word);
      out.writeBytes(new byte[] {'\r', '\n'});
    }
    return out.toByteArray();
  }

  private static byte[] header(char type, int count) {
    return (type + Integer.toString(count) + "\r\n").getBytes(UTF_8);
  }

  private Answer read(int depth) throws IOException {
    int type = in.read();
    if (type < 0) {
      throw new EOFException("the server closed the connection");
    }
    String line = readLine();
    return switch (type) {
      case '+' -> new Answer.Simple(line);
      case '-' -> new Answer.Failure(line);
      case ':' -> new Answer.Count(number(line, Long.MAX_VALUE));
      case '$' -> readBulk((int) number(line, MOST_BYTES));
      case '*' -> readMany((int) number(line, MOST_ITEMS), depth);
      default -> throw new IOException("this is no server of journey");
    };
  }

  private Answer readBulk(int length) throws IOException {
    if (length < 0) {
      return new Answer.Nil();
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length || !readLine().isEmpty()) {
      throw new EOFException("the server closed the connection within an answer");
    }
    return new Answer.Bulk(bytes);
  }

  private Answer readMany(int count, int depth) throws IOException {
    if (depth == MOST_NESTED) {
      throw new IOException("an answer nested more than " + MOST_NESTED + " deep");
    }
    List<Answer> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(read(depth + 1));
    }
    return new Answer.Many(items);
  }

  private String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.size() == MOST_LINE_CHARACTERS) {
        throw new EOFException("the server broke off within a line");
      }
      if (next != '\r') {
        line.write(next);
      }
    }
    return line.toString(UTF_8);
  }

  private static long number(String line, long most) throws IOException {
    try {
      long number = Long.parseLong(line);
      if (number <= most) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      // said below
    }
    throw new IOException("the server answered \"" + line + "\" where a number belongs");
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException goneAnyway) {
      // Nothing is left to be done with it.
    }
  }
}
