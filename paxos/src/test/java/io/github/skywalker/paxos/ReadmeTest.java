package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is true. */
final class ReadmeTest {

  private static final int MAX_LINES = 40;

  @TempDir Path directory;

  @Test
  void theFirstProgramCompiles() throws Exception {
    String readme = Files.readString(Path.of("..", "README.md"), StandardCharsets.UTF_8);
    int begin = readme.indexOf("```java\n") + "```java\n".length();
    String program = readme.substring(begin, readme.indexOf("```", begin));
    assertTrue(program.lines().count() <= MAX_LINES, "the first program has grown");
    Path source = Files.writeString(directory.resolve("Counting.java"), program);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      boolean compiled =
          compiler
              .getTask(
                  said,
                  files,
                  null,
                  List.of("-cp", System.getProperty("java.class.path"), "-d", directory.toString()),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertEquals("", said.toString());
      assertTrue(compiled);
    }
  }
}
