package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.skywalker.storage.CheckpointManifest.Item;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one group on disk, {@code groups/<id>/checkpoint-<instance>/} each. One that
 * has its name is whole: its files were synced, then its manifest, and only then it was renamed.
 *
 * <p>Reading may be done by any thread; taking, receiving and deleting by one at a time, and so the
 * notes on loading. Nothing is made on disk before there is something to keep.
 */
public final class GroupCheckpoints {

  /** The file that says what a checkpoint consists of. */
  static final String MANIFEST = "manifest";

  private static final String SEALED = "checkpoint-";
  private static final String TAKING = "taking-";
  private static final String DELETED = "deleted-";
  private static final String LOADING = "loading";

  private static final Logger log = LoggerFactory.getLogger(GroupCheckpoints.class);

  private final Disk disk;
  private final Path directory;
  private final int group;
  private final ConcurrentSkipListSet<Long> instances = new ConcurrentSkipListSet<>();

  private GroupCheckpoints(Disk disk, Path directory, int group) {
    this.disk = disk;
    this.directory = directory;
    this.group = group;
  }

  /**
   * Looks what is there, and deletes what a crash has left half done.
   *
   * @param dataDirectory of the node
   */
  public static GroupCheckpoints open(Disk disk, Path dataDirectory, int group) throws IOException {
    Path directory =
        dataDirectory
            .toAbsolutePath()
            .normalize()
            .resolve("groups")
            .resolve(Integer.toString(group));
    GroupCheckpoints opened = new GroupCheckpoints(disk, directory, group);
    if (disk.exists(directory)) {
      opened.look();
    }
    return opened;
  }

  private void look() throws IOException {
    for (String name : disk.list(directory)) {
      long sealed = instanceOf(name);
      if (sealed > 0) {
        instances.add(sealed);
      } else if (name.startsWith(TAKING)
          || name.startsWith(DELETED)
          || name.endsWith(DurableFiles.ASIDE)) {
        CheckpointTree.delete(disk, directory.resolve(name));
      }
    }
    disk.syncDirectory(directory); // A killed process may have renamed, and not synced that.
  }

  private static long instanceOf(String name) {
    if (!name.startsWith(SEALED)) {
      return 0;
    }
    try {
      return Long.parseLong(name.substring(SEALED.length()));
    } catch (NumberFormatException foreign) {
      return 0;
    }
  }

  /** The group. */
  public int group() {
    return group;
  }

  Disk disk() {
    return disk;
  }

  /** Where the group's checkpoints are; may not exist. */
  Path directory() {
    return directory;
  }

  /** The instances of those that are there, the newest first. */
  public List<Long> instances() {
    return new ArrayList<>(instances.descendingSet());
  }

  /** The instance of the newest; 0 if there is none. */
  public long newest() {
    Long newest = instances.isEmpty() ? null : instances.last();
    return newest == null ? 0 : newest;
  }

  /** Where the files of a checkpoint are. */
  public Path directoryOf(long instance) {
    return directory.resolve(SEALED + instance);
  }

  /** Where the files of one machine are, in the directory of a checkpoint. */
  public static Path machineDirectory(Path checkpoint, int machine) {
    return checkpoint.resolve("machine-" + machine);
  }

  /** Where the files of one machine are; one that has written none has an empty directory. */
  public Path machineDirectory(long instance, int machine) throws IOException {
    Path found = machineDirectory(directoryOf(instance), machine);
    disk.createDirectories(found);
    return found;
  }

  /**
   * Reads a manifest.
   *
   * @throws DamagedException if there is none, or it is not whole
   */
  public CheckpointManifest manifest(long instance) throws IOException {
    Path file = directoryOf(instance).resolve(MANIFEST);
    byte[] bytes = disk.kind(file) == Disk.Kind.FILE ? DurableFiles.read(disk, file) : null;
    if (bytes == null) {
      throw new DamagedException(file + " is not there");
    }
    CheckpointManifest read = CheckpointManifest.decode(bytes);
    if (read.instance() != instance || read.group() != group) {
      throw new DamagedException(
          file + " is of group " + read.group() + " at instance " + read.instance());
    }
    return read;
  }

  /**
   * Reads all files of a checkpoint, and checks them against its manifest.
   *
   * @throws DamagedException if one is not as it was written
   */
  public void verify(CheckpointManifest manifest) throws IOException {
    for (Item item : manifest.files()) {
      CheckpointTree.verify(disk, directoryOf(manifest.instance()), item);
    }
  }

  /** Opens a file of a checkpoint for reading; the caller's to close. */
  public Disk.DiskFile open(long instance, Item item) throws IOException {
    if (!CheckpointTree.isPlain(disk, directoryOf(instance), item.name())) {
      throw new DamagedException(item.name() + " is not there, or no plain file");
    }
    return disk.open(directoryOf(instance).resolve(item.name()));
  }

  /* Taking one. */

  /**
   * Makes an empty directory for a checkpoint that is about to be written, and one in it for each
   * machine.
   */
  public Path begin(long instance, List<Integer> machines) throws IOException {
    Path taking = directory.resolve(TAKING + instance);
    discard(taking);
    DurableFiles.createDirectories(disk, taking);
    for (int machine : machines) {
      disk.createDirectories(machineDirectory(taking, machine));
    }
    return taking;
  }

  /**
   * Syncs and sums what was written, and gives it its name: from then on it is a checkpoint.
   *
   * @param state the built-in state at the instance
   */
  public CheckpointManifest seal(long instance, byte[] state) throws IOException {
    Path taking = directory.resolve(TAKING + instance);
    List<Item> files = CheckpointTree.sync(disk, taking);
    CheckpointManifest manifest;
    try {
      manifest = new CheckpointManifest(group, instance, state, files);
    } catch (IllegalArgumentException wrong) {
      throw new IOException("The machines have written what no checkpoint may hold", wrong);
    }
    byte[] bytes = manifest.encode();
    if (bytes.length > CheckpointManifest.MAX_BYTES) {
      throw new IOException("A manifest of " + bytes.length + " bytes");
    }
    DurableFiles.write(disk, taking.resolve(MANIFEST), bytes);
    seal(taking, instance);
    return manifest;
  }

  /** Gives a directory that is whole and synced the name of a checkpoint. */
  void seal(Path staged, long instance) throws IOException {
    if (instances.contains(instance)) {
      discard(staged); // Two ways have led to it; the first is as good.
      return;
    }
    disk.rename(staged, directoryOf(instance));
    disk.syncDirectory(directory);
    instances.add(instance);
  }

  /** Deletes what was begun and will not be sealed. */
  public void abandon(long instance) {
    try {
      discard(directory.resolve(TAKING + instance));
    } catch (IOException failed) {
      log.warn("Group {}: what was written of a checkpoint stays there.", group, failed);
    }
  }

  private void discard(Path staged) throws IOException {
    if (disk.kind(staged) != Disk.Kind.NOTHING) {
      CheckpointTree.delete(disk, staged);
    }
  }

  /* Deleting. */

  /** Deletes all but the newest ones, and those that are in use. */
  public void keep(int count, LongPredicate inUse) throws IOException {
    int kept = 0;
    for (long instance : instances()) {
      if (kept < count || inUse.test(instance)) {
        kept++;
      } else {
        delete(instance);
      }
    }
  }

  /** Deletes a checkpoint; one that goes in part is not taken for one. */
  public void delete(long instance) throws IOException {
    Path going = directory.resolve(DELETED + instance);
    discard(going);
    instances.remove(instance);
    disk.rename(directoryOf(instance), going);
    disk.syncDirectory(directory);
    CheckpointTree.delete(disk, going);
  }

  /** Deletes everything of the group. */
  public void deleteAll() throws IOException {
    instances.clear();
    if (disk.kind(directory) != Disk.Kind.NOTHING) {
      CheckpointTree.delete(disk, directory);
      disk.syncDirectory(DurableFiles.parent(directory));
    }
  }

  /* Loading: a crash in the middle must be seen, since a machine may have loaded a part. */

  /** Notes durably that machines are about to load a checkpoint. */
  public void noteLoading(long instance) throws IOException {
    DurableFiles.createDirectories(disk, directory);
    DurableFiles.write(disk, directory.resolve(LOADING), Long.toString(instance).getBytes(UTF_8));
  }

  /** Notes durably that all of them have. */
  public void noteLoaded() throws IOException {
    disk.delete(directory.resolve(LOADING));
    disk.syncDirectory(directory);
  }

  /** Whether machines were loading a checkpoint, and nobody knows how far they came. */
  public boolean isLoading() throws IOException {
    return disk.exists(directory.resolve(LOADING));
  }
}
