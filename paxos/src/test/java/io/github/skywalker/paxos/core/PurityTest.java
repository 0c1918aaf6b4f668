package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Node;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.PaxosNode;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.storage.LogStore;
import io.github.skywalker.util.Invariant;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Nothing in the core and the machines depends on when, where or in which JVM it runs. What a class
 * calls stands in its constant pool.
 */
class PurityTest {

  private static final Set<String> FORBIDDEN =
      new TreeSet<>(
          List.of(
              "java/lang/System.nanoTime",
              "java/lang/System.currentTimeMillis",
              "java/lang/System.identityHashCode",
              "java/lang/System.getProperty",
              "java/lang/System.getenv",
              "java/lang/Thread.sleep",
              "java/lang/Math.random",
              "java/util/Locale.getDefault",
              "java/util/TimeZone.getDefault",
              "java/util/Set.of",
              "java/util/Set.copyOf",
              "java/util/Map.copyOf",
              "java/util/Map.ofEntries",
              "java/util/UUID.randomUUID",
              "java/util/Collection.parallelStream",
              "java/util/stream/BaseStream.parallel",
              "java/util/Collections.shuffle"));

  private static final List<String> FORBIDDEN_CLASSES =
      List.of(
          "java/util/concurrent/ThreadLocalRandom",
          "java/util/Random",
          "java/util/IdentityHashMap",
          "java/util/WeakHashMap",
          "java/time/Instant",
          "java/time/LocalDate",
          "java/io/File",
          "java/nio/file/",
          "java/net/");

  /** What tells the time of day; what is made of a time that is given does not. */
  private static final Set<String> WALL_CLOCK =
      new TreeSet<>(
          List.of(
              "java/lang/System.currentTimeMillis",
              "java/time/Instant.now",
              "java/time/LocalDate.now",
              "java/time/LocalDateTime.now",
              "java/time/OffsetDateTime.now",
              "java/time/ZonedDateTime.now",
              "java/time/Clock.systemUTC",
              "java/time/Clock.systemDefaultZone",
              "java/time/Clock.system",
              "java/time/InstantSource.system",
              "java/util/Date.<init>",
              "java/util/Calendar.getInstance",
              "java/util/GregorianCalendar.<init>"));

  @Test
  void theCoreCallsNothingThatDiffersBetweenRuns() throws Exception {
    assertEquals(List.of(), violations(Replica.class));
  }

  @Test
  void theMachinesCallNothingThatDiffersBetweenRuns() throws Exception {
    assertEquals(List.of(), violations(GroupState.class));
  }

  /** So clocks that are set, or jump, mean nothing to a node; only those of certificates do. */
  @Test
  void nothingInTheLibraryReadsAWallClock() throws Exception {
    List<String> readers = new ArrayList<>();
    for (Class<?> of :
        List.of(
            Node.class,
            Invariant.class,
            Network.class,
            Envelope.class,
            LogStore.class,
            GroupState.class,
            PaxosNode.class)) {
      for (byte[] bytes : classesOfTheModuleOf(of)) {
        for (String use : uses(bytes)) {
          if (WALL_CLOCK.contains(use)) {
            readers.add(use + " in the module of " + of.getSimpleName());
          }
        }
      }
    }
    assertEquals(List.of(), readers);
  }

  @Test
  void theScanSeesWhatAClassCalls() throws Exception {
    List<String> used =
        uses(PurityTest.class.getResourceAsStream("PurityTest.class").readAllBytes());

    assertTrue(used.contains("java/util/stream/Stream.filter"), used::toString);
  }

  private static List<String> violations(Class<?> of) throws IOException, URISyntaxException {
    List<String> violations = new ArrayList<>();
    int seen = 0;
    for (byte[] bytes : classesBeside(of)) {
      seen++;
      for (String use : uses(bytes)) {
        boolean forbidden =
            FORBIDDEN.contains(use) || FORBIDDEN_CLASSES.stream().anyMatch(use::startsWith);
        if (forbidden) {
          violations.add(use + " in a class beside " + of.getSimpleName());
        }
      }
    }
    assertTrue(seen > 5, "too few classes were read");
    return violations;
  }

  /** All classes of what a class was built with: a folder or a jar. */
  private static List<byte[]> classesOfTheModuleOf(Class<?> of)
      throws IOException, URISyntaxException {
    Path built = Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<byte[]> classes;
    if (Files.isDirectory(built)) {
      classes = read(built, Integer.MAX_VALUE);
    } else {
      try (FileSystem jar = FileSystems.newFileSystem(built)) {
        classes = read(jar.getPath("/"), Integer.MAX_VALUE);
      }
    }
    assertTrue(classes.size() > 5, () -> "too few classes in " + built);
    return classes;
  }

  /** The classes of the same package, as they were compiled: from a folder or a jar. */
  @SuppressWarnings("try") // The jar is open for as long as paths lead into it.
  private static List<byte[]> classesBeside(Class<?> of) throws IOException, URISyntaxException {
    URI self = of.getResource(of.getSimpleName() + ".class").toURI();
    if (self.getScheme().equals("jar")) {
      try (FileSystem jar = FileSystems.newFileSystem(self, new TreeMap<String, Object>())) {
        return read(Path.of(self).getParent(), 1);
      }
    }
    return read(Path.of(self).getParent(), 1);
  }

  private static List<byte[]> read(Path folder, int depth) throws IOException {
    List<byte[]> classes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder, depth)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
        classes.add(Files.readAllBytes(file));
      }
    }
    return classes;
  }

  /** The methods and fields that a class file refers to, as {@code owner.name}. */
  private static List<String> uses(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new java.io.ByteArrayInputStream(bytes));
    in.readInt();
    in.readInt();
    int count = in.readUnsignedShort();
    String[] texts = new String[count];
    int[] first = new int[count];
    int[] second = new int[count];
    List<Integer> members = new ArrayList<>();
    for (int i = 1; i < count; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case 1 -> texts[i] = in.readUTF();
        case 3, 4 -> in.readInt();
        case 5, 6 -> {
          in.readLong();
          i++; // Long and double take two places.
        }
        case 7, 8, 16, 19, 20 -> first[i] = in.readUnsignedShort();
        case 9, 10, 11, 12, 17, 18 -> {
          first[i] = in.readUnsignedShort();
          second[i] = in.readUnsignedShort();
          if (tag >= 9 && tag <= 11) {
            members.add(i);
          }
        }
        case 15 -> {
          in.readUnsignedByte();
          in.readUnsignedShort();
        }
        default -> throw new IOException("Constant of kind " + tag);
      }
    }
    List<String> uses = new ArrayList<>();
    for (int member : members) {
      uses.add(texts[first[first[member]]] + "." + texts[first[second[member]]]);
    }
    return uses;
  }
}
