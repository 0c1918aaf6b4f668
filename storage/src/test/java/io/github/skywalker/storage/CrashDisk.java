package io.github.skywalker.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that forgets what was not synced, as a real one may. It keeps what the operating
 * system would show and what would be there after a power cut, and draws from its seed which of the
 * writes between the two survive. The same calls with the same seed give the same bytes.
 *
 * <p>A written file keeps any subset of its unsynced 512-byte pieces; what was created, renamed or
 * deleted survives one by one, unless the directory was synced. Any thread may call it.
 */
public final class CrashDisk implements Disk {

  /** What a disk writes whole or not at all. */
  public static final int PIECE_BYTES = 512;

  /** What is about to be done to a file; see {@link Faults}. */
  public enum Operation {
    /** A file is opened, and perhaps created. */
    OPEN,
    /** Bytes are read. */
    READ,
    /** Bytes are written; if this fails, any of their pieces may have been written. */
    WRITE,
    /** A file is forced; if this fails, its pages are lost or not, and the next one succeeds. */
    FORCE,
    /** A name is created, renamed or deleted. */
    NAME,
    /** A directory is synced. */
    SYNC_DIRECTORY
  }

  /** Says at each operation whether it fails. */
  @FunctionalInterface
  public interface Faults {

    /** The error that the operation ends with; null if it works. */
    @Nullable IOException at(Operation operation, Path file);
  }

  private final Random random;
  private NavigableMap<Path, DiskNode> names = new TreeMap<>();
  private NavigableMap<Path, DiskNode> durableNames = new TreeMap<>();
  private final List<NameChange> pendingNames = new ArrayList<>();
  private final Set<Path> locks = new HashSet<>();
  private Faults faults = (operation, file) -> null;
  private DiskLies lies = new DiskLies() {};
  private long capacity = Long.MAX_VALUE;
  private int life;
  private long crashes;
  private long crashesWithUnsyncedWrites;
  private long forces;

  /** An empty disk. */
  public CrashDisk(long seed) {
    this.random = new Random(seed);
  }

  /** Decides from now on which operations fail. */
  public synchronized void setFaults(Faults faults) {
    this.faults = faults;
  }

  /** Decides from now on what goes wrong in silence. */
  public synchronized void setLies(DiskLies lies) {
    this.lies = lies;
  }

  /** Lets one bit rot, durably. */
  public synchronized void rot(Path file, long position, int bit) throws IOException {
    DiskNode node = existing(file);
    node.current.flip(position, bit);
    node.durable.flip(position, bit);
  }

  /** Bounds what all files together may hold, in bytes. */
  public synchronized void setCapacity(long bytes) {
    this.capacity = bytes;
  }

  /** How often the power was cut. */
  public synchronized long crashes() {
    return crashes;
  }

  /** How many of the crashes hit writes that were not synced. */
  public synchronized long crashesWithUnsyncedWrites() {
    return crashesWithUnsyncedWrites;
  }

  /** How many files were forced. */
  public synchronized long forces() {
    return forces;
  }

  /** Whether something was written that a crash may lose. */
  public synchronized boolean hasUnsyncedWrites() {
    return names.values().stream().anyMatch(node -> !node.pending.isEmpty());
  }

  /** Cuts the power: open files and locks are gone, and of what was not synced any subset is. */
  public synchronized void crash() {
    crashes++;
    if (hasUnsyncedWrites()) {
      crashesWithUnsyncedWrites++;
    }
    int keptInTen = random.nextInt(11);
    for (NameChange change : pendingNames) {
      if (random.nextInt(10) < keptInTen) {
        change.applyTo(durableNames);
      }
    }
    pendingNames.clear();
    dropOrphans();
    Set<DiskNode> nodes = new HashSet<>();
    for (DiskNode node : durableNames.values()) {
      if (nodes.add(node)) {
        node.crash(random, keptInTen);
      }
    }
    names = new TreeMap<>(durableNames);
    kill();
  }

  /** Ends the process: open files and locks are gone; what was written stays, synced or not. */
  public synchronized void kill() {
    life++;
    locks.clear();
  }

  /** What the disk would hold if nothing that is not synced survived, as a disk of its own. */
  public synchronized CrashDisk durableCopy(long seed) {
    CrashDisk copy = new CrashDisk(seed);
    Map<DiskNode, DiskNode> copies = new HashMap<>();
    durableNames.forEach(
        (path, node) ->
            copy.durableNames.put(path, copies.computeIfAbsent(node, DiskNode::durableCopy)));
    copy.dropOrphans();
    copy.names = new TreeMap<>(copy.durableNames);
    return copy;
  }

  /** Changes what a file holds, durably and behind everybody's back. */
  public synchronized void damage(Path file, UnaryOperator<byte[]> change) throws IOException {
    DiskNode node = existing(file);
    byte[] bytes = change.apply(node.current.toArray());
    node.current.become(bytes);
    node.durable.become(bytes);
    node.pending.clear();
  }

  /** Makes a file vanish, durably and behind everybody's back. */
  public synchronized void lose(Path file) {
    names.remove(file);
    durableNames.remove(file);
    pendingNames.removeIf(change -> change.entries.containsKey(file));
  }

  @Override
  public synchronized DiskFile open(Path file) throws IOException {
    check(Operation.OPEN, file);
    DiskNode node = names.get(file);
    if (node == null) {
      requireDirectory(file.getParent());
      node = new DiskNode(false);
      change(file.getParent(), file, node);
    } else if (node.directory) {
      throw new IOException(file + " is a directory");
    }
    return new OpenFile(file, node, life);
  }

  /** How large a file is now, for whoever does it harm: that is no call of the node's. */
  public synchronized long sizeOf(Path file) throws IOException {
    return existing(file).current.size();
  }

  /** What a file holds now, for whoever looks at it from outside: that is no call of the node's. */
  public synchronized byte[] contentOf(Path file) throws IOException {
    return existing(file).current.toArray();
  }

  @Override
  public synchronized boolean exists(Path path) {
    return isRoot(path) || names.containsKey(path);
  }

  @Override
  public synchronized Kind kind(Path path) {
    DiskNode node = names.get(path);
    if (node == null) {
      return isRoot(path) ? Kind.DIRECTORY : Kind.NOTHING;
    }
    return node.directory ? Kind.DIRECTORY : Kind.FILE;
  }

  /** Whether a power cut would leave this file or directory, and all below it, as it is now. */
  public synchronized boolean isDurable(Path path) {
    if (durableNames.get(path) == null) {
      return false;
    }
    for (Map.Entry<Path, DiskNode> each : names.entrySet()) {
      boolean below = each.getKey().startsWith(path);
      if (below
          && (durableNames.get(each.getKey()) != each.getValue()
              || !each.getValue().pending.isEmpty())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public synchronized List<String> list(Path directory) throws IOException {
    requireDirectory(directory);
    List<String> found = new ArrayList<>();
    for (Path path : names.keySet()) {
      if (directory.equals(path.getParent())) {
        found.add(path.getFileName().toString());
      }
    }
    found.sort(null);
    return found;
  }

  @Override
  public synchronized void createDirectories(Path directory) throws IOException {
    if (isRoot(directory)) {
      return;
    }
    DiskNode node = names.get(directory);
    if (node != null && !node.directory) {
      throw new FileAlreadyExistsException(directory.toString());
    }
    if (node == null) {
      createDirectories(directory.getParent());
      check(Operation.NAME, directory);
      change(directory.getParent(), directory, new DiskNode(true));
    }
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    check(Operation.NAME, from);
    DiskNode node = existing(from);
    requireDirectory(to.getParent());
    if (node.directory && names.containsKey(to)) {
      throw new FileAlreadyExistsException(to.toString());
    }
    Map<Path, DiskNode> entries = new TreeMap<>();
    entries.put(from, null);
    entries.put(to, node);
    change(new NameChange(new HashSet<>(List.of(from.getParent(), to.getParent())), entries));
  }

  @Override
  public synchronized void delete(Path file) throws IOException {
    check(Operation.NAME, file);
    if (existing(file).directory && !list(file).isEmpty()) {
      throw new DirectoryNotEmptyException(file.toString());
    }
    change(file.getParent(), file, null);
  }

  @Override
  public synchronized void syncDirectory(Path directory) throws IOException {
    check(Operation.SYNC_DIRECTORY, directory);
    requireDirectory(directory);
    Iterator<NameChange> changes = pendingNames.iterator();
    while (changes.hasNext()) {
      NameChange change = changes.next();
      if (change.directories.contains(directory)) {
        change.applyTo(durableNames);
        changes.remove();
      }
    }
  }

  @Override
  public synchronized long usableBytes(Path directory) {
    return capacity == Long.MAX_VALUE ? capacity : Math.max(0, capacity - used());
  }

  @Override
  public synchronized Closeable lock(Path file) throws IOException {
    open(file).close();
    if (!locks.add(file)) {
      throw new IOException("Another process holds the lock " + file + ".");
    }
    int lockedIn = life;
    return () -> {
      synchronized (this) {
        if (lockedIn == life) {
          locks.remove(file);
        }
      }
    };
  }

  private long used() {
    return names.values().stream().mapToLong(node -> node.current.size()).sum();
  }

  private void change(Path directory, Path name, @Nullable DiskNode node) {
    Map<Path, DiskNode> entries = new TreeMap<>();
    entries.put(name, node);
    change(new NameChange(Set.of(directory), entries));
  }

  private void change(NameChange change) {
    change.applyTo(names);
    pendingNames.add(change);
  }

  /** Takes away what lies in a directory that did not survive. */
  private void dropOrphans() {
    durableNames.keySet().removeIf(path -> !reachable(path.getParent()));
  }

  private boolean reachable(Path directory) {
    if (isRoot(directory)) {
      return true;
    }
    DiskNode node = durableNames.get(directory);
    return node != null && node.directory && reachable(directory.getParent());
  }

  private DiskNode existing(Path file) throws IOException {
    DiskNode node = names.get(file);
    if (node == null) {
      throw new NoSuchFileException(file.toString());
    }
    return node;
  }

  private void requireDirectory(@Nullable Path directory) throws IOException {
    if (!isRoot(directory) && !existing(directory).directory) {
      throw new IOException(directory + " is not a directory");
    }
  }

  private static boolean isRoot(@Nullable Path path) {
    return path == null || path.getParent() == null;
  }

  private void check(Operation operation, Path file) throws IOException {
    IOException fault = faults.at(operation, file);
    if (fault != null) {
      throw fault;
    }
  }

  /** A change of names that happens whole or not at all. */
  private static final class NameChange {
    private final Set<Path> directories;
    private final Map<Path, DiskNode> entries;

    NameChange(Set<Path> directories, Map<Path, DiskNode> entries) {
      this.directories = directories;
      this.entries = entries;
    }

    void applyTo(NavigableMap<Path, DiskNode> names) {
      moveContents(names);
      entries.forEach(
          (path, node) -> {
            if (node == null) {
              names.remove(path);
            } else {
              names.put(path, node);
            }
          });
    }

    /** What lies in a directory that gets another name goes with it. */
    private void moveContents(NavigableMap<Path, DiskNode> names) {
      Path from = null;
      Path to = null;
      for (Map.Entry<Path, DiskNode> each : entries.entrySet()) {
        if (each.getValue() == null) {
          from = each.getKey();
        } else if (each.getValue().directory) {
          to = each.getKey();
        }
      }
      if (from == null || to == null) {
        return;
      }
      Map<Path, DiskNode> moved = new TreeMap<>();
      String beginning = from.toString();
      Iterator<Map.Entry<Path, DiskNode>> next = names.tailMap(from, false).entrySet().iterator();
      while (next.hasNext()) {
        Map.Entry<Path, DiskNode> each = next.next();
        if (!each.getKey().toString().startsWith(beginning)) {
          break; // Names that begin alike lie together.
        }
        if (each.getKey().startsWith(from)) {
          moved.put(to.resolve(from.relativize(each.getKey())), each.getValue());
          next.remove();
        }
      }
      names.putAll(moved);
    }
  }

  private final class OpenFile implements DiskFile {
    private final Path path;
    private final DiskNode node;
    private final int openedIn;
    private boolean closed;

    OpenFile(Path path, DiskNode node, int openedIn) {
      this.path = path;
      this.node = node;
      this.openedIn = openedIn;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      synchronized (CrashDisk.this) {
        checkUsable(Operation.READ);
        if (position >= node.current.size()) {
          return 0;
        }
        int length = (int) Math.min(into.remaining(), node.current.size() - position);
        int begin = into.position();
        node.current.read(position, into, length);
        DiskLies.Misread misread = lies.read(new DiskLies.Place(path, position, length));
        if (misread != null) {
          misread(misread, into.duplicate().position(begin).limit(begin + length), position);
        }
        return length;
      }
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      synchronized (CrashDisk.this) {
        byte[] bytes = new byte[from.remaining()];
        from.get(bytes);
        PendingWrite whole = new PendingWrite(position, bytes);
        try {
          checkUsable(Operation.WRITE);
          long growth = Math.max(0, position + bytes.length - node.current.size());
          if (capacity != Long.MAX_VALUE && used() + growth > capacity) {
            throw new IOException("No space left on device: " + path);
          }
        } catch (IOException e) {
          if (openedIn == life && !closed) {
            writeSome(whole);
          }
          throw e;
        }
        DiskLies.Place meant = new DiskLies.Place(path, position, bytes.length);
        DiskLies.Place real = lies.written(meant);
        if (real.equals(meant)) {
          node.current.write(position, bytes, 0, bytes.length);
          node.pending.add(whole);
        } else if (real.length() > 0) {
          PendingWrite part =
              new PendingWrite(real.position(), Arrays.copyOf(bytes, real.length()));
          DiskNode there = real.file().equals(path) ? node : existing(real.file());
          part.applyTo(there.current);
          there.pending.add(part);
        }
      }
    }

    private void misread(DiskLies.Misread how, ByteBuffer into, long position) throws IOException {
      DiskLies.Place from = how.from();
      DiskImage image = from == null ? node.old : existing(from.file()).current;
      byte[] page = new byte[DiskImage.PAGE_BYTES];
      image.read(
          from == null ? how.position() : from.position(),
          ByteBuffer.wrap(page),
          DiskImage.PAGE_BYTES);
      for (int i = 0; i < DiskImage.PAGE_BYTES; i++) {
        long at = how.position() + i - position;
        if (at >= 0 && at < into.remaining()) {
          into.put(into.position() + (int) at, page[i]);
        }
      }
    }

    /** A write that fails may have happened in part. */
    private void writeSome(PendingWrite whole) {
      DiskImage before = new DiskImage();
      before.become(node.current);
      DiskImage after = new DiskImage();
      after.become(before);
      whole.applyTo(after, random, random.nextInt(11));
      if (after.size() > before.size()) {
        after.cut(before.size());
      }
      node.current.become(after);
      node.pending.add(new PendingWrite(0, after.toArray()));
    }

    @Override
    public void force() throws IOException {
      synchronized (CrashDisk.this) {
        try {
          checkUsable(Operation.FORCE);
        } catch (IOException e) {
          if (openedIn == life && !closed) {
            node.settle(random, random.nextInt(11));
          }
          throw e;
        }
        forces++;
        node.force();
      }
    }

    @Override
    public long size() throws IOException {
      synchronized (CrashDisk.this) {
        checkOpen();
        return node.current.size();
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (CrashDisk.this) {
        checkUsable(Operation.WRITE);
        if (size < node.current.size()) {
          node.current.cut(size);
          node.pending.add(new PendingWrite(size, null));
        }
      }
    }

    @Override
    public void close() {
      synchronized (CrashDisk.this) {
        closed = true;
      }
    }

    private void checkUsable(Operation operation) throws IOException {
      checkOpen();
      check(operation, path);
    }

    private void checkOpen() throws IOException {
      if (closed || openedIn != life) {
        throw new IOException(path + (closed ? " is closed" : " was open in a former life"));
      }
    }
  }
}
