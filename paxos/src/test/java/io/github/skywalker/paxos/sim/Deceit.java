package io.github.skywalker.paxos.sim;

import io.github.skywalker.storage.CrashDisk;
import io.github.skywalker.storage.DiskLies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a disk does wrong without saying so. All of it must be noticed, but for one case, which is
 * outside the promise of the log: that the very last batch is hit, before another one is on disk.
 * So the batch that was forced last is spared, and a disk that has lied about its last write, and
 * was not written to since, is not used again after a crash.
 */
final class Deceit implements DiskLies {

  private static final int PAGE_BYTES = 4096;
  private static final int SECTOR_BYTES = 512;

  /** How a write goes wrong. */
  enum Lie {
    MISDIRECTED,
    SHORT
  }

  private final CrashDisk disk;
  private final Figures figures;
  private final SplittableRandom random;
  private final List<Place> forced = new ArrayList<>();
  private Place lastWritten;
  private Place lastForced;
  private Lie next;
  private boolean lastIsLie;
  private boolean exposed;
  private boolean damaged;
  private boolean misreads;
  private boolean misled;

  Deceit(CrashDisk disk, Figures figures, SplittableRandom random) {
    this.disk = disk;
    this.figures = figures;
    this.random = random;
    disk.setLies(this);
  }

  private static boolean isSegment(Path file) {
    return file.toString().endsWith(".segment");
  }

  /** Whether anything that was stored was changed: it may never be whole again. */
  boolean hasDamaged() {
    return damaged;
  }

  /** Whether what was read in this life need not be what is there. */
  boolean hasMisled() {
    return misled;
  }

  /** Whether a crash at this moment may lose a vote unnoticed. */
  boolean isExposed() {
    return exposed;
  }

  /** One of the next writes to the log goes wrong. */
  void lieAboutWrite(Lie how) {
    next = how;
  }

  /** Whether pages may be misread at present. */
  boolean isMisreading() {
    return misreads;
  }

  void misread(boolean on) {
    misreads = on;
  }

  /** Nothing goes wrong any more. */
  void calm() {
    misreads = false;
    next = null;
  }

  /** The process has ended. */
  void reset() {
    misled = false;
    next = null;
    lastWritten = null;
  }

  /** A file was forced. */
  void forced(Path file) {
    Place last = lastWritten;
    if (last == null || !last.file().equals(file)) {
      return;
    }
    lastWritten = null;
    if (!lastIsLie) {
      exposed = false;
      lastForced = last;
      forced.add(last);
    }
  }

  @Override
  public Place written(Place meant) {
    if (!isSegment(meant.file())) {
      return meant;
    }
    lastWritten = meant;
    lastIsLie = next != null && random.nextInt(3) == 0;
    if (!lastIsLie) {
      return meant;
    }
    Place real = next == Lie.SHORT ? cut(meant) : elsewhere(meant);
    figures.count(next == Lie.SHORT ? "writes that stopped short" : "writes misdirected");
    next = null;
    damaged = true;
    exposed = true;
    return real;
  }

  private Place cut(Place meant) {
    return new Place(meant.file(), meant.position(), random.nextInt(meant.length()));
  }

  /** Into any segment, at the beginning of a sector, where it does not reach beyond the end. */
  private Place elsewhere(Place meant) {
    Path other = forced.isEmpty() || random.nextBoolean() ? meant.file() : some(forced).file();
    Path file = disk.exists(other) ? other : meant.file();
    long sectors = (size(file) - meant.length()) / SECTOR_BYTES;
    long position = sectors <= 0 ? 0 : random.nextLong(sectors) * SECTOR_BYTES;
    int length = Math.min(meant.length(), (int) (size(file) - position));
    return new Place(file, position, length);
  }

  private long size(Path file) {
    try {
      return disk.sizeOf(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Place some(List<Place> places) {
    return places.get(random.nextInt(places.size()));
  }

  @Override
  public Misread read(Place meant) {
    if (!misreads || !isSegment(meant.file()) || forced.isEmpty() || random.nextInt(3) != 0) {
      return null;
    }
    long position = (meant.position() + random.nextInt(meant.length())) & -PAGE_BYTES;
    if (spares(meant.file(), position, PAGE_BYTES)) {
      return null;
    }
    misled = true;
    if (random.nextBoolean()) {
      figures.count("stale reads");
      return new Misread(position, null);
    }
    figures.count("reads misdirected");
    Place from = some(forced);
    return new Misread(position, new Place(from.file(), from.position() & -PAGE_BYTES, 0));
  }

  /** Whether a place has anything of the batches that came last. */
  private boolean spares(Path file, long position, int length) {
    return overlaps(lastForced, file, position, length)
        || overlaps(lastWritten, file, position, length);
  }

  private static boolean overlaps(Place place, Path file, long position, int length) {
    return place != null
        && place.file().equals(file)
        && position < place.position() + place.length()
        && place.position() < position + length;
  }

  /** Some bit flips that was stored some time ago. */
  void rot() {
    if (forced.isEmpty()) {
      return;
    }
    Place place = some(forced);
    long at = place.position() + random.nextInt(place.length());
    boolean other = random.nextInt(16) == 0;
    Path file = other ? place.file().resolveSibling("mark") : place.file();
    if (other) {
      at = random.nextInt(2 * PAGE_BYTES);
    }
    if (disk.exists(file) && !spares(file, at, 1)) {
      figures.count("bits rotten");
      damaged = true;
      try {
        disk.rot(file, at, random.nextInt(8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
