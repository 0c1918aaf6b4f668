package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * The library with one place in its sources changed, and only that file compiled again: what stands
 * before the class path of nodes that are to be broken.
 *
 * @param name what it does wrong
 * @param file the source, from the top of the project
 * @param text what stands there exactly once
 * @param replacement what is put in its place
 */
record BrokenBuild(String name, String file, String text, String replacement) {

  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("../..").normalize();

  private static final String CORE = "paxos/src/main/java/io/github/skywalker/paxos/core/";

  static final BrokenBuild REPLY_BEFORE_SYNC =
      new BrokenBuild(
          "reply before sync",
          CORE + "Outbox.java",
          "if (ready.writes.isEmpty() && durable >= serial) {",
          "if (true) {");

  static final BrokenBuild LOCAL_READS_WITHOUT_LEASE =
      new BrokenBuild(
          "local reads without lease",
          CORE + "Reads.java",
          "if (!read.majority && lease.leftNanos(now) > 0) {",
          "if (!read.majority) {");

  /** Compiles it into a directory. */
  void compile(Path directory) throws IOException {
    Path source = ROOT.resolve(file);
    String sound = Files.readString(source);
    int at = sound.indexOf(text);
    if (at < 0 || sound.indexOf(text, at + 1) >= 0) {
      throw new IllegalStateException(
          "\"" + name + "\": its text stands not once in " + file + ": " + text);
    }
    String broken = sound.substring(0, at) + replacement + sound.substring(at + text.length());
    JavaFileObject unit =
        new SimpleJavaFileObject(
            URI.create("string:///" + source.getFileName()), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return broken;
          }
        };
    StringWriter complaints = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "-d",
            Files.createDirectories(directory).toString(),
            "-cp",
            System.getProperty("java.class.path"));
    if (!ToolProvider.getSystemJavaCompiler()
        .getTask(complaints, null, null, options, null, List.of(unit))
        .call()) {
      throw new IllegalStateException("\"" + name + "\" does not compile: " + complaints);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
