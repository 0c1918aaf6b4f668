package io.github.skywalker.storage;

import io.github.skywalker.storage.CheckpointManifest.Item;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint that is being received, piece by piece, in a directory of its own: first the
 * manifest, then its files, each from its beginning to its end. Where a transfer was broken off, or
 * either side was started anew, it goes on at the byte. Used by one thread at a time.
 */
public final class StagedCheckpoint {

  /** Whatever is written is synced before the next so many bytes are. */
  static final long BYTES_BETWEEN_SYNCS = 4 << 20;

  private static final String RECEIVING = "receiving-";

  /** The manifest, until everything that it names is there. */
  private static final String WANTED = "wanted";

  private final GroupCheckpoints checkpoints;
  private final Disk disk;
  private final long instance;
  private final int manifestCrc;
  private final int manifestBytes;
  private final Path directory;
  private final ByteArrayOutputStream manifestSoFar = new ByteArrayOutputStream();
  private @Nullable CheckpointManifest manifest;
  private Disk.@Nullable DiskFile open;
  private int file;
  private long offset;
  private long doneBytes;
  private boolean failedBefore;

  private StagedCheckpoint(
      GroupCheckpoints checkpoints, long instance, int manifestCrc, int manifestBytes) {
    this.checkpoints = checkpoints;
    this.disk = checkpoints.disk();
    this.instance = instance;
    this.manifestCrc = manifestCrc;
    this.manifestBytes = manifestBytes;
    String name = RECEIVING + instance + "-" + Integer.toHexString(manifestCrc);
    this.directory = checkpoints.directory().resolve(name);
  }

  /**
   * Begins to receive a checkpoint, or goes on with it; what there is of another one is deleted.
   *
   * @param manifestCrc the CRC32C of the manifest, by which it is known
   * @param manifestBytes how long the manifest is said to be
   * @throws DamagedException if that cannot be
   */
  public static StagedCheckpoint open(
      GroupCheckpoints checkpoints, long instance, int manifestCrc, int manifestBytes)
      throws IOException {
    if (instance < 1 || manifestBytes < 1 || manifestBytes > CheckpointManifest.MAX_BYTES) {
      throw new DamagedException(
          "A checkpoint at " + instance + " with a manifest of " + manifestBytes + " bytes");
    }
    StagedCheckpoint staged =
        new StagedCheckpoint(checkpoints, instance, manifestCrc, manifestBytes);
    staged.clearOthers();
    DurableFiles.createDirectories(checkpoints.disk(), staged.directory);
    staged.resume();
    return staged;
  }

  private void clearOthers() throws IOException {
    if (!disk.exists(checkpoints.directory())) {
      return;
    }
    for (String name : disk.list(checkpoints.directory())) {
      Path path = checkpoints.directory().resolve(name);
      boolean mine = path.equals(directory) && disk.kind(path) == Disk.Kind.DIRECTORY;
      if (name.startsWith(RECEIVING) && !mine) {
        CheckpointTree.delete(disk, path);
      }
    }
  }

  /** Finds out how far it came: what was synced last is there, and perhaps more. */
  private void resume() throws IOException {
    Path wanted = directory.resolve(WANTED);
    Path sealing = directory.resolve(GroupCheckpoints.MANIFEST);
    if (disk.kind(sealing) == Disk.Kind.FILE) {
      disk.rename(sealing, wanted); // A crash came before the directory had its name.
    }
    Path aside = directory.resolve(WANTED + DurableFiles.ASIDE);
    if (disk.kind(aside) != Disk.Kind.NOTHING) {
      disk.delete(aside);
    }
    byte[] bytes = disk.kind(wanted) == Disk.Kind.FILE ? DurableFiles.read(disk, wanted) : null;
    if (bytes == null || bytes.length != manifestBytes || crc(bytes) != manifestCrc) {
      return;
    }
    take(CheckpointManifest.decode(bytes));
    passWhatIsThere();
    skipEmptyFiles(); // A crash may have taken one away, and nobody would send a piece of it.
  }

  private void passWhatIsThere() throws IOException {
    List<Item> files = files();
    while (file <= files.size()) {
      Item item = files.get(file - 1);
      long size = sizeOf(item);
      if (size != item.size()) {
        long synced = size <= 0 ? 0 : (size - 1) / BYTES_BETWEEN_SYNCS * BYTES_BETWEEN_SYNCS;
        offset = size > item.size() ? 0 : synced;
        doneBytes += offset;
        return;
      }
      doneBytes += size;
      file++;
    }
  }

  /** The size of a plain file; -1 if there is none. */
  private long sizeOf(Item item) throws IOException {
    if (!CheckpointTree.isPlain(disk, directory, item.name())) {
      return -1;
    }
    try (Disk.DiskFile found = disk.open(directory.resolve(item.name()))) {
      return found.size();
    }
  }

  private void take(CheckpointManifest read) throws DamagedException {
    if (read.instance() != instance || read.group() != checkpoints.group()) {
      throw new DamagedException(
          "A manifest of group " + read.group() + " at " + read.instance() + ", not " + instance);
    }
    manifest = read;
    file = 1;
    offset = 0;
  }

  private List<Item> files() {
    return manifest == null ? List.of() : manifest.files();
  }

  /** The manifest; null as long as it is not complete. */
  public @Nullable CheckpointManifest manifest() {
    return manifest;
  }

  /** The file that is wanted next: 0 is the manifest, 1 the first that it names. */
  public int file() {
    return file;
  }

  /** The byte of that file that is wanted next. */
  public long offset() {
    return offset;
  }

  /** How long a file is. */
  public long sizeOf(int which) {
    return which == 0 ? manifestBytes : files().get(which - 1).size();
  }

  /** How many bytes of the files are there. */
  public long doneBytes() {
    return doneBytes;
  }

  /** Whether everything is there, and can be sealed. */
  public boolean isComplete() {
    return manifest != null && file > files().size();
  }

  /**
   * Takes the piece that is wanted next.
   *
   * @return whether it was that; any other is not looked at
   * @throws DamagedException if it goes beyond the end of its file, or completes a manifest that no
   *     checkpoint can have
   */
  public boolean write(int itsFile, long itsOffset, byte[] bytes) throws IOException {
    if (isComplete() || itsFile != file || itsOffset != offset || bytes.length == 0) {
      return false;
    }
    if (bytes.length > sizeOf(file) - offset) {
      throw new DamagedException(
          "A piece of " + bytes.length + " bytes at " + offset + ", of " + sizeOf(file));
    }
    if (manifest == null) {
      manifestSoFar.writeBytes(bytes);
      offset += bytes.length;
      if (offset == manifestBytes) {
        completeManifest();
      }
      return true;
    }
    Disk.DiskFile into = open;
    if (into == null) {
      into = openFile(files().get(file - 1).name());
      open = into;
      into.truncate(offset);
    }
    if (offset / BYTES_BETWEEN_SYNCS != (offset + bytes.length - 1) / BYTES_BETWEEN_SYNCS) {
      into.force();
    }
    into.write(ByteBuffer.wrap(bytes), offset);
    offset += bytes.length;
    doneBytes += bytes.length;
    if (offset == sizeOf(file)) {
      closeFile();
      file++;
      offset = 0;
    }
    skipEmptyFiles();
    return true;
  }

  private void completeManifest() throws IOException {
    byte[] bytes = manifestSoFar.toByteArray();
    if (crc(bytes) != manifestCrc) {
      throw new DamagedException("A manifest that is not the one that was offered");
    }
    CheckpointManifest read = CheckpointManifest.decode(bytes);
    DurableFiles.write(disk, directory.resolve(WANTED), bytes);
    take(read);
    skipEmptyFiles();
  }

  private void skipEmptyFiles() throws IOException {
    while (!isComplete() && offset == 0 && sizeOf(file) == 0) {
      openFile(files().get(file - 1).name()).close();
      file++;
    }
  }

  /** Opens a file, and makes the directories above it; where a link lies, nothing is written. */
  private Disk.DiskFile openFile(String name) throws IOException {
    Path path = directory;
    String[] parts = name.split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      path = path.resolve(parts[i]);
      boolean last = i == parts.length - 1;
      Disk.Kind kind = disk.kind(path);
      if (kind == Disk.Kind.NOTHING && !last) {
        disk.createDirectories(path);
      } else if (kind != Disk.Kind.NOTHING
          && kind != (last ? Disk.Kind.FILE : Disk.Kind.DIRECTORY)) {
        throw new DamagedException(path + " is in the way of a checkpoint that is received");
      }
    }
    return disk.open(path);
  }

  private void closeFile() throws IOException {
    Disk.DiskFile done = open;
    open = null;
    if (done != null) {
      done.close();
    }
  }

  /**
   * Reads and syncs everything, and gives it the name of a checkpoint if it is whole. Files that
   * are not are deleted, and wanted again.
   *
   * @return whether it is a checkpoint now
   * @throws DamagedException if it was not whole a second time, or holds what nobody sent
   */
  public boolean seal() throws IOException {
    Map<String, Item> found = new HashMap<>();
    for (Item item : CheckpointTree.sync(disk, directory)) {
      found.put(item.name(), item);
    }
    found.remove(WANTED);
    boolean whole = true;
    for (Item item : files()) {
      Item held = found.remove(item.name());
      if (!item.equals(held)) {
        whole = false;
        if (held != null) {
          disk.delete(directory.resolve(item.name()));
        }
      }
    }
    if (!found.isEmpty() || (!whole && failedBefore)) {
      throw new DamagedException("The checkpoint at " + instance + " is not what was announced");
    }
    if (!whole) {
      failedBefore = true;
      file = 1;
      doneBytes = 0;
      offset = 0;
      resume();
      return false;
    }
    disk.rename(directory.resolve(WANTED), directory.resolve(GroupCheckpoints.MANIFEST));
    disk.syncDirectory(directory);
    checkpoints.seal(directory, instance);
    return true;
  }

  /** Lets go of the open file; what has come stays for another time. */
  public void close() throws IOException {
    closeFile();
  }

  /** Deletes what has come. */
  public void discard() throws IOException {
    closeFile();
    CheckpointTree.delete(disk, directory);
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return (int) crc.getValue();
  }
}
