package io.github.skywalker.paxos;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.machine.Capture;
import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.storage.CheckpointManifest;
import io.github.skywalker.storage.GroupCheckpoints;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one checkpoint, in the background, machine by machine, so that other groups get their turn
 * in between; and lets go of what was captured, whatever happens.
 */
final class CheckpointWriting {

  private static final Logger log = LoggerFactory.getLogger(CheckpointWriting.class);

  /** Hears how it ended, in the background; one of the two is called, once. */
  interface Ending {
    void written(CheckpointManifest manifest);

    void failed(Throwable why);
  }

  private final GroupCheckpoints checkpoints;
  private final GroupImage image;
  private final Capture capture;
  private final RunLoop background;
  private final BooleanSupplier isWanted;
  private final Ending ending;
  private final Iterator<Map.Entry<Integer, Checkpoint.Snapshot>> left;
  private @Nullable Path directory;

  /**
   * Made on the apply loop.
   *
   * @param image the built-in state at the instance that was captured
   * @param isWanted whether it is still to be written; asked before each part
   */
  CheckpointWriting(
      GroupCheckpoints checkpoints,
      GroupImage image,
      Capture capture,
      RunLoop background,
      BooleanSupplier isWanted,
      Ending ending) {
    this.checkpoints = checkpoints;
    this.image = image;
    this.capture = capture;
    this.background = background;
    this.isWanted = isWanted;
    this.ending = ending;
    this.left = capture.snapshots().entrySet().iterator();
  }

  void start() {
    background.execute(this::next);
  }

  private void next() {
    try {
      if (!isWanted.getAsBoolean()) {
        throw new IOException("the group stops");
      }
      Path into = directory;
      if (into == null) {
        List<Integer> machines = List.copyOf(capture.snapshots().keySet());
        into = checkpoints.begin(image.instance(), machines);
        directory = into;
      }
      if (left.hasNext()) {
        Map.Entry<Integer, Checkpoint.Snapshot> machine = left.next();
        machine.getValue().writeTo(GroupCheckpoints.machineDirectory(into, machine.getKey()));
        background.execute(this::next);
        return;
      }
      CheckpointManifest manifest = checkpoints.seal(image.instance(), image.encode());
      letGo();
      ending.written(manifest);
    } catch (Throwable why) {
      letGo();
      checkpoints.abandon(image.instance());
      ending.failed(why);
    }
  }

  private void letGo() {
    try {
      capture.close();
    } catch (RuntimeException fault) {
      log.error("A machine did not let go of what it had captured.", fault);
    }
  }
}
