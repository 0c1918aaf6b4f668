package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** Three servers without sockets, of one group each, and a clock that moves only when one waits. */
final class FakeServers {

  static final List<InetSocketAddress> ADDRESSES =
      List.of(
          Addresses.parse("127.0.0.1:8001"),
          Addresses.parse("127.0.0.1:8002"),
          Addresses.parse("127.0.0.1:8003"));

  private static final List<String> CHANGES = List.of("ADD", "REMOVE", "REPLACE");

  /** What befalls a command. */
  enum Mishap {
    BREAKS,
    TIMES_OUT
  }

  /** The commands on keys, with the node that got each. */
  final List<String> log = new ArrayList<>();

  private final boolean[] down = new boolean[ADDRESSES.size() + 1];
  private final int[] lives = new int[ADDRESSES.size() + 1];
  private final Queue<Object> script = new ArrayDeque<>();
  private final Queue<Integer> newcomer = new ArrayDeque<>();
  private int master = 1;
  private long nanos;

  /** The next command on a key gets this answer, or meets this {@link Mishap}. */
  void next(Object answerOrMishap) {
    script.add(answerOrMishap);
  }

  /** How much a fourth server has applied, each time that it is asked; then it is gone. */
  void newcomer(Integer... applied) {
    newcomer.addAll(List.of(applied));
  }

  void master(int node) {
    master = node;
  }

  /** A server that goes down breaks its connections, and they stay broken when it is up again. */
  void down(int node, boolean isDown) {
    down[node] = isDown;
    lives[node]++;
  }

  long seconds() {
    return nanos / 1_000_000_000;
  }

  Servers servers() {
    return new Servers(ADDRESSES, this::connect);
  }

  Router router(Servers servers) {
    return new Router(servers, () -> nanos, millis -> nanos += millis * 1_000_000);
  }

  private Servers.Link connect(InetSocketAddress address, int timeoutMillis) throws IOException {
    if (address.getPort() == 8004) {
      return newcomerLink();
    }
    int node = ADDRESSES.indexOf(address) + 1;
    int life = lives[node];
    requireUp(node, life);
    return new Servers.Link() {
      @Override
      public Answer call(List<byte[]> words, int timeout) throws IOException {
        requireUp(node, life);
        return answer(node, words);
      }

      @Override
      public void close() {}
    };
  }

  private Servers.Link newcomerLink() throws IOException {
    if (newcomer.isEmpty()) {
      throw new IOException("Connection refused");
    }
    return new Servers.Link() {
      @Override
      public Answer call(List<byte[]> words, int timeout) throws IOException {
        List<String> texts = words.stream().map(word -> new String(word, UTF_8)).toList();
        String line = "node=4";
        if (texts.contains("REPORT")) {
          if (newcomer.isEmpty()) {
            throw new IOException("Connection reset");
          }
          line = "group=0 node=4 isMember=false appliedUpTo=" + newcomer.remove();
        }
        return new Answer.Many(List.of(new Answer.Bulk(line.getBytes(UTF_8))));
      }

      @Override
      public void close() {}
    };
  }

  private void requireUp(int node, int life) throws IOException {
    if (down[node] || lives[node] != life) {
      throw new IOException("Connection refused");
    }
  }

  private Answer answer(int node, List<byte[]> words) throws IOException {
    List<String> texts = words.stream().map(word -> new String(word, UTF_8)).toList();
    if (texts.get(0).equals("JOURNEY") && !CHANGES.contains(texts.get(1))) {
      return new Answer.Many(List.of(new Answer.Bulk(line(node, texts.get(1)).getBytes(UTF_8))));
    }
    if (texts.get(0).equals("PING")) {
      return new Answer.Simple("PONG");
    }
    log.add(node + " " + String.join(" ", texts));
    Object next = script.isEmpty() ? new Answer.Simple("OK") : script.remove();
    if (next == Mishap.TIMES_OUT) {
      throw new SocketTimeoutException("Read timed out");
    }
    if (next == Mishap.BREAKS) {
      down[node] = true;
      throw new IOException("Connection reset");
    }
    return (Answer) next;
  }

  private String line(int node, String what) {
    return switch (what) {
      case "NODE" -> "node=" + node;
      case "MASTER" -> master == 0 ? "group=0" : "group=0 version=4 master=" + master;
      case "MEMBERS" ->
          "group=0 member=1=127.0.0.1:7001 member=3=127.0.0.1:7003"
              + (newcomer.isEmpty() ? "" : " follower=4=127.0.0.1:7004");
      default ->
          "group=0 node="
              + node
              + " phase=FOLLOWING isMaster="
              + (node == master)
              + " chosenUpTo=12 appliedUpTo="
              + (12 - node)
              + " pending=0";
    };
  }
}
