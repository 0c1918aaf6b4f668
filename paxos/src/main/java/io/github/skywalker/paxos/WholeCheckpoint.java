package io.github.skywalker.paxos;

import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.machine.MalformedValueException;
import io.github.skywalker.storage.CheckpointManifest;
import io.github.skywalker.storage.DamagedException;
import io.github.skywalker.storage.GroupCheckpoints;
import java.io.IOException;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the newest checkpoint of a group that is as it was written; discards those that are not.
 */
final class WholeCheckpoint {

  private static final Logger log = LoggerFactory.getLogger(WholeCheckpoint.class);

  private WholeCheckpoint() {}

  /**
   * Reads the built-in state of the newest one that is whole.
   *
   * @param isToBeLoaded whether a machine will load the files of the checkpoint at an instance,
   *     which are read and checked then
   * @return null if there is none
   */
  static @Nullable GroupImage find(
      int group, GroupCheckpoints checkpoints, LongPredicate isToBeLoaded) throws IOException {
    for (long instance : checkpoints.instances()) {
      try {
        CheckpointManifest manifest = checkpoints.manifest(instance);
        GroupImage image = imageOf(manifest);
        if (isToBeLoaded.test(instance)) {
          checkpoints.verify(manifest);
        }
        return image;
      } catch (DamagedException damaged) {
        log.error(
            "Group {}: the checkpoint at instance {} is damaged and is discarded; the one before it"
                + " serves: {}.",
            group,
            instance,
            damaged.getMessage());
        checkpoints.delete(instance);
      }
    }
    return null;
  }

  /** The built-in state that a manifest carries. */
  static GroupImage imageOf(CheckpointManifest manifest) throws DamagedException {
    try {
      GroupImage image = GroupImage.decode(manifest.state());
      if (image.instance() != manifest.instance()) {
        throw new DamagedException("The state in the manifest is of " + image.instance());
      }
      return image;
    } catch (MalformedValueException malformed) {
      throw new DamagedException(String.valueOf(malformed.getMessage()));
    }
  }
}
