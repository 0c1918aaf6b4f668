package io.github.skywalker.examples.journey;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This program as others start it. */
final class Program {

  /** Names the script that started this process, so that hints can name it too. */
  private static final String SCRIPT_PROPERTY = "journey.script";

  private Program() {}

  /** A line for a shell that runs this program. */
  static String line(List<String> words) {
    List<String> quoted = new ArrayList<>(List.of(name()));
    words.forEach(word -> quoted.add(quote(word)));
    return String.join(" ", quoted);
  }

  private static String name() {
    String script = System.getProperty(SCRIPT_PROPERTY);
    return script != null
        ? quote(script)
        : "java -cp " + quote(System.getProperty("java.class.path")) + " " + Main.class.getName();
  }

  /** A command that runs this program in a JVM like this one, but a small one. */
  static List<String> command(List<String> words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.addAll(words);
    return command;
  }

  private static String quote(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
