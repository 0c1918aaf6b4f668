package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Applier;
import io.github.skywalker.machine.Capture;
import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.storage.CheckpointManifest;
import io.github.skywalker.storage.GroupCheckpoints;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one group on this node: says when one is due, and has it taken. A marker
 * passes through the queue of the machines with the built-in state of that moment, so that all
 * parts are of one instance. Belongs to the group's loop.
 */
final class Checkpoints {

  private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);

  private final GroupOptions options;
  private final GroupCheckpoints kept;
  private final Replica replica;
  private final Applier applier;
  private final RunLoop loop;
  private final RunLoop background;
  private final LogCleaner cleaner;
  private final InUse inUse;
  private final Clock clock;
  private final Executor callbacks;
  private final NodeObserver observer;
  private final SplittableRandom random;
  private final boolean possible;

  private List<CompletableFuture<Long>> asked = new ArrayList<>();
  private long countsFrom;
  private long bytes;
  private double share;
  private boolean running;
  private volatile boolean ended;
  private @Nullable Runnable whenEnded;

  /** Made by the group, before it replays anything. */
  Checkpoints(
      GroupOptions options,
      GroupCheckpoints kept,
      Replica replica,
      Applier applier,
      RunLoop loop,
      RunLoop background,
      LogCleaner cleaner,
      InUse inUse,
      Clock clock,
      Executor callbacks,
      NodeObserver observer,
      long seed) {
    this.options = options;
    this.kept = kept;
    this.replica = replica;
    this.applier = applier;
    this.loop = loop;
    this.background = background;
    this.cleaner = cleaner;
    this.inUse = inUse;
    this.clock = clock;
    this.callbacks = callbacks;
    this.observer = observer;
    this.random = new SplittableRandom(seed);
    this.possible = applier.hasCheckpoints();
    this.share = drawShare();
  }

  private double drawShare() {
    return 0.75 + 0.5 * random.nextDouble();
  }

  /** Another value was decided. */
  void decided(int valueBytes) {
    bytes += valueBytes;
  }

  /**
   * Looks, at the end of a step, whether one is due. As long as a machine holds more than is known
   * chosen here, as it may after a start, whoever asked waits until that has been learned.
   */
  void consider() {
    if (running && !ended) {
      return;
    }
    String reason = whyNot();
    if (reason != null) {
      refuseAll(reason);
      return;
    }
    long at = replica.chosenUpTo();
    if (at < applier.heldUpTo()) {
      return;
    }
    boolean due =
        at - countsFrom >= share * options.checkpointInstances()
            || bytes >= share * options.checkpointBytes();
    if (due || !asked.isEmpty()) {
      take(replica.state().image());
    }
  }

  /** Takes one now. May be called by any thread. */
  CompletableFuture<Long> take() {
    CompletableFuture<Long> future = new CompletableFuture<>();
    loop.execute(
        () -> {
          asked.add(future);
          consider();
        });
    return future;
  }

  private void refuseAll(String reason) {
    if (!asked.isEmpty()) {
      fail(asked, ended ? Status.STOPPED : Status.INVALID_NODE, reason, null);
      asked = new ArrayList<>();
    }
  }

  private @Nullable String whyNot() {
    if (ended) {
      return "the group was closed";
    }
    if (replica.haltReason() != null) {
      return "the group has halted here: " + replica.haltReason();
    }
    if (!possible) {
      return "not every machine of it has checkpoints";
    }
    boolean nothing = replica.chosenUpTo() == 0 && applier.heldUpTo() == 0;
    return nothing ? "nothing was executed yet" : null;
  }

  private void take(GroupImage image) {
    List<CompletableFuture<Long>> waiting = asked;
    asked = new ArrayList<>();
    long began = clock.nanos();
    running = true;
    bytes = 0;
    countsFrom = image.instance();
    share = drawShare();
    if (kept.newest() >= image.instance()) {
      ended(waiting, image.instance());
      return;
    }
    applier.capture(
        image.instance(),
        new Applier.Captured() {
          @Override
          public void captured(Capture capture) {
            write(image, capture, began, waiting);
          }

          @Override
          public void failed(Throwable why) {
            loop.execute(() -> Checkpoints.this.failed(waiting, image.instance(), why));
          }
        });
  }

  private void write(
      GroupImage image, Capture capture, long began, List<CompletableFuture<Long>> waiting) {
    new CheckpointWriting(
            kept,
            image,
            capture,
            background,
            () -> !ended,
            new CheckpointWriting.Ending() {
              @Override
              public void written(CheckpointManifest manifest) {
                tidy();
                loop.execute(() -> Checkpoints.this.written(manifest, began, waiting));
              }

              @Override
              public void failed(Throwable why) {
                loop.execute(() -> Checkpoints.this.failed(waiting, image.instance(), why));
              }
            })
        .start();
  }

  /** Deletes checkpoints that are too many, and what the others cover of the log. */
  private void tidy() {
    try {
      kept.keep(options.keptCheckpoints(), inUse::test);
    } catch (IOException failed) {
      log.warn("Group {}: old checkpoints stay there.", options.id(), failed);
    }
    cleaner.clean();
  }

  private void written(
      CheckpointManifest manifest, long began, List<CompletableFuture<Long>> waiting) {
    Duration time = Duration.ofNanos(Math.max(0, clock.nanos() - began));
    observer.checkpointed(options.id(), manifest.instance(), manifest.totalBytes(), time);
    log.info(
        "Group {}: checkpoint at instance {}, {} bytes in {} ms",
        options.id(),
        manifest.instance(),
        manifest.totalBytes(),
        time.toMillis());
    ended(waiting, manifest.instance());
  }

  private void ended(List<CompletableFuture<Long>> waiting, long instance) {
    callbacks.execute(() -> waiting.forEach(future -> future.complete(instance)));
    over();
  }

  private void failed(List<CompletableFuture<Long>> waiting, long instance, Throwable why) {
    if (!ended) {
      log.warn(
          "Group {}: the checkpoint at instance {} was not taken and is discarded; the one before"
              + " it serves.",
          options.id(),
          instance,
          why);
      observer.checkpointFailed(options.id(), String.valueOf(why.getMessage()));
    }
    Status status = ended ? Status.STOPPED : Status.INVALID_NODE;
    fail(waiting, status, "it was not written: " + why.getMessage(), why);
    over();
  }

  private void fail(
      List<CompletableFuture<Long>> waiting,
      Status status,
      String reason,
      @Nullable Throwable cause) {
    NodeException failure =
        new NodeException(status, "No checkpoint of group " + options.id() + ": " + reason);
    failure.initCause(cause);
    callbacks.execute(() -> waiting.forEach(future -> future.completeExceptionally(failure)));
  }

  private void over() {
    running = false;
    Runnable then = whenEnded;
    if (then != null) {
      whenEnded = null;
      then.run();
    } else {
      consider();
    }
  }

  /**
   * A checkpoint has taken the place of what was executed: has the machines load it.
   *
   * @param trusted whether the machines can be believed what they say that they hold
   */
  void load(long instance, boolean trusted) {
    countsFrom = instance;
    bytes = 0;
    inUse.hold(instance);
    applier.restore(
        instance,
        new Applier.Loading() {
          @Override
          public void begin() throws IOException {
            kept.noteLoading(instance);
          }

          @Override
          public Path directoryOf(int machine) throws IOException {
            return kept.machineDirectory(instance, machine);
          }

          @Override
          public void end() throws IOException {
            kept.noteLoaded();
          }
        },
        trusted);
    applier.inOrder(() -> inUse.release(instance));
  }

  /** The instance of the newest one; 0 if there is none. May be called by any thread. */
  long newest() {
    return kept.newest();
  }

  /** The group is removed for good: what was kept of it goes. */
  void drop() {
    end(
        () ->
            background.execute(
                () -> {
                  try {
                    kept.deleteAll();
                  } catch (IOException failed) {
                    log.warn("Group {}: its checkpoints stay there.", options.id(), failed);
                  }
                }));
  }

  /** No more are taken; then runs something, when the one that is being written has ended. */
  void end(Runnable then) {
    ended = true;
    refuseAll("the group was closed");
    if (running) {
      whenEnded = then;
    } else {
      then.run();
    }
  }
}
