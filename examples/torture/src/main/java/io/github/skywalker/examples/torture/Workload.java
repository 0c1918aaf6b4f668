package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Clients that read, write, compare-and-set and append, on all nodes, and note what they saw.
 *
 * <p>A client that writes waits long for a node that is cut off. So each founding node has one more
 * client, which only reads and stays: should the node answer what it cannot know, it is seen.
 */
final class Workload {

  private static final int THINK_MILLIS = 24;
  private static final int RECONNECT_MILLIS = 50;

  /** After so many things a client goes to another node, to come back from there. */
  private static final int STAY = 200;

  private final Cluster cluster;
  private final Plan plan;
  private final History history;
  private final Keys keys;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger processes = new AtomicInteger();
  private final AtomicInteger words = new AtomicInteger();
  private final Map<String, String> lastSeen = new ConcurrentHashMap<>();
  private volatile boolean stopped;
  private volatile boolean heavy;

  /** How it went. */
  final LongAdder ok = new LongAdder();

  final LongAdder refused = new LongAdder();
  final LongAdder unknown = new LongAdder();

  Workload(Cluster cluster, Plan plan, History history, Keys keys) {
    this.cluster = cluster;
    this.plan = plan;
    this.history = history;
    this.keys = keys;
  }

  void start() {
    for (int client = 0; client < plan.clients() + plan.nodes(); client++) {
      Random random = new Random(plan.seed() * 1000 + client);
      Client each = new Client(client, client >= plan.clients(), random);
      Thread thread = new Thread(each::run, "client-" + client);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /** Whether many values are large, so that the logs fill soon. */
  void setHeavy(boolean large) {
    heavy = large;
  }

  /** Ends it, and waits for the last answers. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** One client. */
  private final class Client {
    private final int number;
    private final boolean onlyReads;
    private final Random random;
    private int process = processes.incrementAndGet();
    private int asked;

    Client(int number, boolean onlyReads, Random random) {
      this.number = number;
      this.onlyReads = onlyReads;
      this.random = random;
    }

    void run() {
      try {
        while (!stopped) {
          int node = choose(cluster.nodes());
          try (NodeClient connection =
              new NodeClient(cluster.addresses.clients(node), answerMillis())) {
            talk(connection);
          } catch (IOException gone) {
            Thread.sleep(random.nextInt(RECONNECT_MILLIS) + 1);
          }
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    /** Longer than a node takes to find out that nobody knows. */
    private int answerMillis() {
      return 6 * plan.leaseMillis() + 2000;
    }

    private int choose(SortedSet<Integer> nodes) {
      List<Integer> all = List.copyOf(nodes);
      boolean atHome = onlyReads || asked / STAY % 2 == 0;
      return all.get((atHome ? number : random.nextInt(all.size())) % all.size());
    }

    private void talk(NodeClient connection) throws IOException, InterruptedException {
      int rounds = 1 + random.nextInt(STAY);
      for (int i = 0; i < rounds && !stopped; i++) {
        asked++;
        Keys.Key key = keys.any(random);
        boolean known = once(connection, key, command(key));
        Thread.sleep(random.nextInt(THINK_MILLIS));
        if (!known) {
          return; // Perhaps another node is better off.
        }
      }
    }

    private Command command(Keys.Key key) {
      int draw = random.nextInt(100);
      if (onlyReads || draw < 40) {
        return new Command(Kind.READ, key.name(), "", "", 0);
      }
      String word = "w" + words.incrementAndGet();
      if (key.onlyAppends() || draw < 48) {
        return padded(Kind.APPEND, key, word, "");
      }
      if (draw < 75) {
        return padded(Kind.WRITE, key, word, "");
      }
      return padded(Kind.CAS, key, word, lastSeen.getOrDefault(key.name(), ""));
    }

    /** Most values are small, a few as large as may be, and one in a thousand is too large. */
    private Command padded(Kind kind, Keys.Key key, String word, String expected) {
      Command bare = new Command(kind, key.name(), word, expected, 0);
      int room = NodePlan.MAX_PROPOSAL_BYTES - bare.encode().length;
      int draw = random.nextInt(1000);
      int padding = draw < 1 ? room + 1 : draw < 2 ? room : draw < 4 ? random.nextInt(room) : 0;
      if (heavy && padding == 0) {
        padding = random.nextInt(room / 2);
      }
      return new Command(kind, key.name(), word, expected, padding);
    }

    /** Whether it is known how it ended. */
    private boolean once(NodeClient connection, Keys.Key key, Command command) throws IOException {
      Step call =
          new Step(
              process,
              Step.Type.INVOKE,
              command.kind(),
              command.key(),
              command.value(),
              command.expected(),
              System.nanoTime());
      history.add(call);
      Answer answer;
      try {
        answer = connection.ask(Ask.execute(key.group(), command));
      } catch (IOException gone) {
        note(call, new Answer(Step.Type.INFO, ""));
        throw gone;
      }
      note(call, answer);
      return answer.type() != Step.Type.INFO;
    }

    /** A read that was not answered did nothing; of anything else nobody knows. */
    private void note(Step call, Answer answer) {
      boolean read = call.kind() == Kind.READ;
      Step.Type type = read && answer.type() == Step.Type.INFO ? Step.Type.FAIL : answer.type();
      boolean known = type == Step.Type.OK;
      String value = read && known ? answer.text() : call.value();
      history.add(call.answered(type, value, System.nanoTime()));
      if (known && call.kind() != Kind.APPEND) {
        lastSeen.put(call.key(), value);
      }
      switch (type) {
        case OK -> ok.increment();
        case FAIL -> refused.increment();
        case INFO, INVOKE -> {
          unknown.increment();
          process = processes.incrementAndGet();
        }
      }
    }
  }

  /** Reads a key once more, at some node; what it holds. */
  String readLast(NodeClient connection, Keys.Key key) throws IOException {
    int process = processes.incrementAndGet();
    Step call =
        new Step(process, Step.Type.INVOKE, Kind.READ, key.name(), "", "", System.nanoTime());
    history.add(call);
    Answer answer =
        connection.ask(Ask.execute(key.group(), new Command(Kind.READ, key.name(), "", "", 0)));
    if (answer.type() != Step.Type.OK) {
      history.add(call.answered(Step.Type.FAIL, "", System.nanoTime()));
      throw new IOException("the last read of " + key.name() + ": " + answer.text());
    }
    history.add(call.answered(Step.Type.OK, answer.text(), System.nanoTime()));
    return answer.text();
  }
}
