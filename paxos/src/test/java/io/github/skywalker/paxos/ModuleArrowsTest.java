package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The arrows between the modules, in the sources as they are; and that a wrong one is found. */
class ModuleArrowsTest {

  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("..").normalize();

  @Test
  void noSourceUsesWhatTheTableDoesNotAllow() throws IOException {
    List<String> violations = ModuleArrows.read(ROOT).violations();

    assertTrue(violations.isEmpty(), () -> String.join(System.lineSeparator(), violations));
  }

  @Test
  void everyModuleIsRead() throws IOException {
    Set<String> unread = new HashSet<>(ModuleArrows.modules(ROOT));
    unread.removeAll(ModuleArrows.read(ROOT).modulesRead());
    unread.remove("proto"); // has no sources that are not generated
    unread.remove("examples/benchmark/peers"); // has tests only

    assertEquals(Set.of(), unread);
  }

  @ParameterizedTest
  @CsvSource({
    "api,             io.github.skywalker.util.Clock",
    "api,             com.google.common.collect.ImmutableList",
    "util,            io.github.skywalker.api.Node",
    "util,            io.netty.channel.Channel",
    "storage,         io.github.skywalker.api.Member",
    "storage,         io.github.skywalker.machine.Ballot",
    "storage,         com.google.protobuf.ByteString",
    "network,         io.github.skywalker.storage.LogStore",
    "network,         org.iq80.leveldb.DB",
    "network,         com.sun.nio.file.ExtendedOpenOption",
    "storage,         com.sun.management.ThreadMXBean",
    "machine,         io.github.skywalker.network.Network",
    "machine,         io.github.skywalker.paxos.core.Replica",
    "machine,         org.fusesource.leveldbjni.JniDBFactory",
    "paxos,           ch.qos.logback.classic.Logger",
    "paxos,           sun.misc.Unsafe",
    "paxos.core,      io.github.skywalker.paxos.PaxosNode",
    "paxos.core,      io.github.skywalker.api.Node",
    "paxos.core,      io.github.skywalker.util.ThreadLoop",
    "paxos.core,      io.github.skywalker.machine.Applier",
    "paxos.core,      io.github.skywalker.machine.CallsApplier",
    "paxos.core,      io.github.skywalker.storage.LogStore",
    "paxos.core,      org.slf4j.Logger",
    "paxos.core,      java.sql.Connection",
    "examples.echo,   io.github.skywalker.storage.LogStore",
    "examples.echo,   io.github.skywalker.paxos.core.Replica",
  })
  void anArrowThatIsNotInTheTableIsFound(String from, String to) {
    for (String code : uses(to)) {
      assertFalse(violationsWith(from, code).isEmpty(), code);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "api,             java.util.concurrent.CompletableFuture",
    "api,             org.jspecify.annotations.Nullable",
    "util,            com.google.common.collect.ImmutableList",
    "util,            org.slf4j.Logger",
    "storage,         org.iq80.leveldb.DB",
    "storage,         com.sun.nio.file.ExtendedOpenOption",
    "storage,         io.github.skywalker.util.Clock",
    "network,         io.netty.channel.Channel",
    "network,         javax.net.ssl.SSLContext",
    "machine,         io.github.skywalker.storage.LogStore",
    "paxos,           io.github.skywalker.paxos.core.Replica",
    "paxos,           io.netty.channel.Channel",
    "paxos.core,      java.util.List",
    "paxos.core,      io.github.skywalker.api.Member",
    "paxos.core,      io.github.skywalker.util.Invariant",
    "paxos.core,      io.github.skywalker.machine.Ballot",
    "examples.echo,   io.github.skywalker.api.Node",
    "examples.echo,   io.github.skywalker.paxos.PaxosNode",
    "examples.echo,   picocli.CommandLine",
    "examples.echo,   org.jline.reader.LineReader",
  })
  void anArrowOfTheTableIsAllowed(String from, String to) {
    for (String code : uses(to)) {
      assertEquals(List.of(), violationsWith(from, code), code);
    }
  }

  @Test
  void aNameInACommentOrALiteralIsNoUse() {
    String code =
        """
        /** See {@link io.netty.channel.Channel}. */
        class User {
          // io.netty.channel.Channel
          String name = "a \\" io.netty.channel.Channel";
          char quote = '"';
        }
        """;

    assertEquals(List.of(), violationsWith("api", code));
  }

  @Test
  void aUseBetweenLiteralsIsFound() {
    String code = "class User { char a = '\"'; io.netty.channel.Channel c; char b = '\"'; }";

    assertFalse(violationsWith("api", code).isEmpty());
  }

  @Test
  void anImportOfALibraryThatNobodyKnowsIsFound() {
    assertFalse(violationsWith("api", "import unheard.Thing; class User {}").isEmpty());
    assertFalse(violationsWith("paxos", "import unheard.of.*; class User {}").isEmpty());
  }

  @Test
  void aPackageOfAnotherModuleIsFound() {
    ModuleArrows arrows = new ModuleArrows();
    arrows.add("util", "User.java", "package io.github.skywalker.api; class User {}");

    assertEquals(
        List.of("util: io.github.skywalker.api.User stands in package io.github.skywalker.api"),
        arrows.violations());
  }

  /** The ways in which code names a type of another package. */
  private static List<String> uses(String type) {
    String packageName = type.substring(0, type.lastIndexOf('.'));
    return Set.of("io.github.skywalker.api", "io.github.skywalker.util").contains(packageName)
            || packageName.endsWith(".machine")
        ? List.of(
            "import " + type + "; class User {}",
            "import static " + type + ".of; class User {}",
            "class User { Object o = " + type + ".of(); }")
        : List.of(
            "import " + type + "; class User {}",
            "import " + packageName + ".*; class User {}",
            "import static " + type + ".*; class User {}",
            "import static " + type + ".Inner.of; class User {}",
            "class User { Object o = new " + type + "(); }",
            "class User { Object o = " + type.replace(".", "\n    .") + ".of(); }");
  }

  /** What is found in a small project where one class of the module holds this code. */
  private static List<String> violationsWith(String module, String code) {
    ModuleArrows arrows = new ModuleArrows();
    add(arrows, "api", "Node", "public interface Node {}");
    add(arrows, "api", "Member", "public record Member(int nodeId) {}");
    add(arrows, "util", "Clock", "public interface Clock {}");
    add(arrows, "util", "Invariant", "public final class Invariant {}");
    add(arrows, "util", "ThreadLoop", "public final class ThreadLoop {}");
    add(arrows, "machine", "Ballot", "public record Ballot(Epoch epoch) {}");
    add(arrows, "machine", "Epoch", "record Epoch(Ballot of, io.github.skywalker.api.Member m) {}");
    add(
        arrows,
        "machine",
        "Applier",
        "class Applier { io.github.skywalker.storage.LogStore log; }");
    add(arrows, "machine", "CallsApplier", "class CallsApplier { Applier applier; }");
    assertEquals(List.of(), arrows.violations());

    add(arrows, module, "User", code);
    return arrows.violations();
  }

  private static void add(ModuleArrows arrows, String packageName, String type, String code) {
    String module = packageName.replace(".core", "").replace('.', '/');
    arrows.add(module, type + ".java", "package io.github.skywalker." + packageName + "; " + code);
  }
}
