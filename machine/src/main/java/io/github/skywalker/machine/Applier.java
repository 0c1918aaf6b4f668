package io.github.skywalker.machine;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.util.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Brings what was decided to the user's machines of one group, in order, on the group's apply loop,
 * and says what came of it. The group's loop hands over; nothing of the user's runs there.
 *
 * <p>What the machines have not come to is held only up to a bound: see {@link #limit}. What is
 * decided beyond it is read again from the log when its turn comes.
 */
public final class Applier {

  /** What comes of it; called on the apply loop, in order. */
  public interface Answers {

    /**
     * An entry that waits for an answer was dealt with; {@link #applied} or {@link #failed} follows
     * when the others of its value were, too.
     *
     * @param ticket of the one who waits
     * @param verdict what became of it
     * @param output what the machine returned, if it executed it
     */
    void answered(Object ticket, Verdict verdict, long instance, @Nullable Object output);

    /** An entry that waits for an answer was dealt with before the checkpoint that is loaded. */
    void covered(Object ticket, Verdict verdict);

    /** An entry that waits for an answer was decided, but the group fails before it is applied. */
    void lost(Object ticket);

    /** An entry names a machine that the group does not have, or a machine has thrown. */
    void failed(long instance, String why, @Nullable Throwable fault);

    /** Everything up to an instance is applied. */
    void applied(long instance);

    /** A checkpoint was loaded: everything up to an instance is applied by that. */
    void restored(long instance);
  }

  /** Where the files of a checkpoint are; its notes outlast a crash. Called on the apply loop. */
  public interface Loading {

    /** Notes durably that machines are about to load it. */
    void begin() throws IOException;

    /** The files of a machine. */
    Path directoryOf(int machine) throws IOException;

    /** Notes durably that all of them have. */
    void end() throws IOException;
  }

  /** Gets what was captured. Called on the apply loop. */
  public interface Captured {

    /** It is to be written, and closed. */
    void captured(Capture capture);

    /** Nothing was captured. */
    void failed(Throwable why);
  }

  /** Where values that are not held any more are read again; asked on the apply loop. */
  public interface Log {

    /** The value at an instance that the log is known to hold. */
    Value read(long instance) throws IOException;
  }

  /** What a value takes in memory beside its bytes, about. */
  private static final int VALUE_OVERHEAD_BYTES = 256;

  /** What each of its entries takes. */
  private static final int ENTRY_OVERHEAD_BYTES = 96;

  private record Barrier(long instance, Runnable then) {}

  private final int group;
  private final Executor loop;
  private final ApplyQueue queue;
  private final Answers answers;
  private final Log log;
  private final Map<Integer, StateMachine> machines = new TreeMap<>();
  private final Map<Integer, Long> executedUpTo = new TreeMap<>();
  private volatile long heldUpTo;
  private volatile long appliedUpTo;
  private volatile long callSince = Long.MIN_VALUE;
  private volatile int callTo;

  // Belongs to the apply loop.
  private final PriorityQueue<Barrier> barriers =
      new PriorityQueue<>((a, b) -> Long.compare(a.instance, b.instance));
  private boolean failed;
  private final Clock clock;

  /**
   * Asks each machine what it holds already.
   *
   * @param loop the apply loop of the group; several groups may share one
   */
  public Applier(
      int group,
      List<StateMachine> machines,
      Executor loop,
      Clock clock,
      Log log,
      Answers answers) {
    this.group = group;
    this.log = log;
    this.loop = loop;
    this.queue = new ApplyQueue(loop, again());
    this.clock = clock;
    this.answers = answers;
    for (StateMachine machine : machines) {
      this.machines.put(machine.machineId(), machine);
      this.executedUpTo.put(machine.machineId(), machine.executedUpTo());
    }
    this.heldUpTo = Collections.max(executedUpTo.values());
  }

  /**
   * Hands over what an instance decided. Called by one thread, in the order of the instances.
   *
   * @param verdicts for each entry, in order
   * @param tickets who waits for them
   */
  public void decided(long instance, Value value, List<Verdict> verdicts, Tickets tickets) {
    int bytes = value.bytes().length;
    queue.decided(
        new ApplyQueue.Decided(
            instance,
            bytes,
            bytes + VALUE_OVERHEAD_BYTES + value.entries().size() * ENTRY_OVERHEAD_BYTES,
            new Backlog.Waiting(tickets, verdicts)),
        () -> apply(instance, value, verdicts, tickets));
  }

  /**
   * Looks whether more is held than may be. If so, what is decided from now on is not held, until
   * the machines have come to the end of it. Called by the thread that hands over, when it has
   * handed over all that a state has executed.
   *
   * @param maxHeldBytes how many bytes of memory values may take, roughly
   * @return whether values are not held now, so that {@link #readable} is wanted
   */
  public boolean limit(GroupState state, long maxHeldBytes) {
    return queue.limit(state, maxHeldBytes);
  }

  /** Whether there are values that are not held. May be asked by any thread. */
  public boolean lags() {
    return queue.lags();
  }

  /** Everything that was decided up to an instance can be read from the log. */
  public void readable(long instance) {
    queue.readable(instance);
  }

  /**
   * What is not held is not applied any more: who waits for it is told that it is lost. What is
   * held still is. May be called by any thread.
   */
  public void abandon() {
    queue.abandon();
  }

  private ApplyQueue.Again again() {
    return new ApplyQueue.Again() {
      @Override
      public int apply(GroupState state, long instance, Tickets tickets) throws IOException {
        return applyAgain(state, instance, tickets);
      }

      @Override
      public void unreadable(long instance, Tickets tickets, Exception why) {
        fail(instance, "instance " + instance + " cannot be read again from the log", why);
        Applier.this.lose(tickets, 0);
      }

      @Override
      public void passOver(Backlog.Waiting waiting) {
        for (int i = 0; i < waiting.tickets().size(); i++) {
          Object ticket = waiting.tickets().at(i);
          if (ticket != null) {
            answers.covered(ticket, waiting.verdicts().get(i));
          }
        }
      }

      @Override
      public void lose(Tickets tickets) {
        failed = true; // The machines have missed something: nothing later may be applied either.
        Applier.this.lose(tickets, 0);
      }
    };
  }

  private int applyAgain(GroupState state, long instance, Tickets tickets) throws IOException {
    if (failed) {
      lose(tickets, 0);
      return 0;
    }
    Value value = log.read(instance);
    apply(instance, value, state.execute(instance, value), tickets);
    return value.bytes().length;
  }

  /** Runs something behind everything that was handed over before, on the apply loop. */
  public void inOrder(Runnable task) {
    inOrder(null, task);
  }

  /**
   * The same for news of a kind of which only the newest matters: when the machines lag, it may
   * take the place of others that have not been run.
   */
  public void inOrder(@Nullable Object kind, Runnable task) {
    queue.add(kind, task);
  }

  /** Runs something when everything up to an instance is applied, on the apply loop. */
  public void whenApplied(long instance, Runnable then) {
    loop.execute(
        () -> {
          barriers.add(new Barrier(instance, then));
          openBarriers();
        });
  }

  /** Whether every machine can save its state and load it. */
  public boolean hasCheckpoints() {
    return machines.values().stream().allMatch(machine -> machine.checkpoint().isPresent());
  }

  /** Up to where, at the start, every machine held everything; asked before anything runs. */
  public long leastExecuted() {
    return Collections.min(executedUpTo.values());
  }

  /**
   * Up to where, at the start or by a checkpoint that was loaded since, one of the machines held
   * everything: after a start, a machine with a disk of its own may be ahead of what the log knows
   * as chosen. May be asked by any thread.
   */
  public long heldUpTo() {
    return heldUpTo;
  }

  /**
   * Captures all machines at one instance: behind everything that was handed over before, and
   * before anything that is handed over later.
   *
   * @param instance the one that was handed over last; not below {@link #heldUpTo}, or a machine
   *     would put more into it
   */
  public void capture(long instance, Captured then) {
    queue.add(
        null,
        () -> {
          if (failed || appliedUpTo != instance || heldUpTo > instance) {
            then.failed(new IOException("The machines do not stand at instance " + instance));
            return;
          }
          Capture capture;
          try {
            capture = Capture.of(instance, machines.values());
          } catch (IOException | RuntimeException | Error fault) {
            then.failed(fault);
            return;
          }
          then.captured(capture);
        });
  }

  /**
   * Has the machines load a checkpoint, behind everything that is held; what is not held any more
   * need not be applied then, since the checkpoint covers it. What is handed over later follows
   * upon it. A machine that holds as much already is left alone, unless nobody knows what it holds.
   *
   * @param trusted whether what the machines say that they hold can be believed: not after a crash
   *     while they were loading
   */
  public void restore(long instance, Loading loading, boolean trusted) {
    queue.restore(
        () -> {
          if (failed) {
            return;
          }
          try {
            load(instance, loading, trusted);
          } catch (Throwable fault) {
            fail(
                instance,
                "the checkpoint of group "
                    + group
                    + " at "
                    + instance
                    + " was not loaded: "
                    + fault,
                fault);
            return;
          }
          appliedUpTo = instance;
          answers.restored(instance);
          openBarriers();
        });
  }

  private void load(long instance, Loading loading, boolean trusted) throws IOException {
    List<StateMachine> behind = new ArrayList<>();
    for (StateMachine machine : machines.values()) {
      if (!trusted || executedUpTo.getOrDefault(machine.machineId(), 0L) < instance) {
        behind.add(machine);
      }
    }
    if (behind.isEmpty()) {
      return;
    }
    loading.begin();
    for (StateMachine machine : behind) {
      int id = machine.machineId();
      Checkpoint checkpoint =
          machine
              .checkpoint()
              .orElseThrow(() -> new IOException("machine " + id + " has no checkpoints"));
      callTo = id;
      callSince = clock.nanos();
      try {
        checkpoint.restore(instance, loading.directoryOf(id));
      } finally {
        callSince = Long.MIN_VALUE;
      }
      executedUpTo.put(id, instance);
    }
    heldUpTo = Collections.max(executedUpTo.values());
    loading.end();
  }

  /** Answers one who waits for an entry that a checkpoint covers, behind the loading of that. */
  public void covered(Object ticket) {
    queue.add(
        null,
        () -> {
          if (failed) {
            answers.lost(ticket);
          } else {
            answers.covered(ticket, Verdict.EXECUTE);
          }
        });
  }

  private void apply(long instance, Value value, List<Verdict> verdicts, Tickets tickets) {
    if (failed) {
      lose(tickets, 0);
      return;
    }
    List<Entry> entries = value.entries();
    @Nullable Object[] outputs = new @Nullable Object[entries.size()];
    BitSet due = new BitSet();
    for (int i = 0; i < entries.size(); i++) {
      due.set(i, verdicts.get(i) == Verdict.EXECUTE);
    }
    while (!due.isEmpty()) {
      execute(instance, entries, due, outputs);
      if (failed) {
        lose(tickets, 0);
        return;
      }
    }
    for (int i = 0; i < entries.size(); i++) {
      answer(tickets.at(i), verdicts.get(i), instance, outputs[i]);
    }
    appliedUpTo = instance;
    answers.applied(instance);
    openBarriers();
  }

  private void lose(Tickets tickets, int from) {
    for (int i = from; i < tickets.size(); i++) {
      Object ticket = tickets.at(i);
      if (ticket != null) {
        answers.lost(ticket);
      }
    }
  }

  /**
   * Executes all that is for the machine of the first entry that is due, in one call: a machine
   * that keeps its state must be able to note the instance with it.
   */
  private void execute(long instance, List<Entry> entries, BitSet due, @Nullable Object[] outputs) {
    int id = entries.get(due.nextSetBit(0)).machine();
    List<Execution> executions = new ArrayList<>(due.cardinality());
    int[] places = new int[due.cardinality()];
    for (int i = due.nextSetBit(0); i >= 0; i = due.nextSetBit(i + 1)) {
      Entry entry = entries.get(i);
      if (entry.machine() == id) {
        places[executions.size()] = i;
        executions.add(new Execution(group, instance, entry.node(), entry.payload()));
        due.clear(i);
      }
    }
    StateMachine machine = machines.get(id);
    if (machine == null) {
      fail(
          instance,
          "an entry at instance "
              + instance
              + " is for machine "
              + id
              + ", which group "
              + group
              + " does not have on this node",
          null);
    } else if (instance > executedUpTo.getOrDefault(id, 0L)) {
      @Nullable Object[] its = call(machine, instance, executions);
      for (int i = 0; i < its.length; i++) {
        outputs[places[i]] = its[i];
      }
    }
  }

  /** Nothing comes back if it fails. */
  private @Nullable Object[] call(StateMachine machine, long instance, List<Execution> executions) {
    callTo = machine.machineId();
    callSince = clock.nanos();
    String failure;
    Throwable thrown = null;
    try {
      @Nullable Object[] outputs = machine.executeAll(executions);
      if (outputs.length == executions.size()) {
        return outputs;
      }
      failure = " returned " + outputs.length + " outputs for " + executions.size() + " executions";
    } catch (Throwable fault) {
      failure = " failed: " + fault;
      thrown = fault;
    } finally {
      callSince = Long.MIN_VALUE;
    }
    fail(
        instance,
        "machine " + callTo + " of group " + group + failure + ", at instance " + instance,
        thrown);
    return new @Nullable Object[0];
  }

  private void answer(
      @Nullable Object ticket, Verdict verdict, long instance, @Nullable Object output) {
    if (ticket != null) {
      answers.answered(ticket, verdict, instance, output);
    }
  }

  private void fail(long instance, String why, @Nullable Throwable fault) {
    failed = true;
    answers.failed(instance, why, fault);
  }

  private void openBarriers() {
    while (!barriers.isEmpty() && barriers.element().instance <= appliedUpTo) {
      barriers.remove().then.run();
    }
  }

  /** Everything up to this instance is applied. May be asked by any thread. */
  public long appliedUpTo() {
    return appliedUpTo;
  }

  /** How many bytes of values were handed over and are not applied. May be asked by any thread. */
  public long unappliedBytes() {
    return queue.unappliedBytes();
  }

  /** What the values take in memory that were handed over and are not applied, about. */
  public long heldBytes() {
    return queue.heldBytes();
  }

  /** For how long the machine that is being called has not come back; 0 if none is called. */
  public long blockedNanos() {
    long since = callSince;
    return since == Long.MIN_VALUE ? 0 : Math.max(0, clock.nanos() - since);
  }

  /** The id of the machine that was called last. */
  public int calledMachine() {
    return callTo;
  }
}
