package io.github.skywalker.paxos.sim;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Loads the project's classes anew, with a source file or two changed: those are compiled over the
 * classes that are there, and everything of the project comes from this loader, so that nothing is
 * shared with what is not changed.
 */
final class MutantLoader extends URLClassLoader {

  private static final String OURS = "io.github.skywalker.";
  private static final Pattern TOKEN = Pattern.compile("\\w+|\\S");

  private MutantLoader(URL[] urls) {
    super(urls, MutantLoader.class.getClassLoader());
  }

  /** Compiles a mutant into a directory, and makes a loader of it. */
  static MutantLoader of(Mutant mutant, Path directory) throws IOException {
    Map<Path, String> sources = new TreeMap<>();
    for (Mutant.Edit edit : mutant.edits()) {
      Path source = Sources.named(edit.file());
      String text = sources.containsKey(source) ? sources.get(source) : Files.readString(source);
      sources.put(source, edited(mutant, edit, text));
    }
    compile(sources, directory);
    List<URL> urls = new ArrayList<>();
    urls.add(url(directory));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(url(Path.of(entry)));
    }
    return new MutantLoader(urls.toArray(new URL[0]));
  }

  private static String edited(Mutant mutant, Mutant.Edit edit, String text) {
    Matcher found = pattern(edit.text()).matcher(text);
    if (found.find()) {
      String changed = text.substring(0, found.start()) + edit.replacement();
      changed += text.substring(found.end());
      if (!found.find()) {
        return changed;
      }
    }
    throw new IllegalStateException(
        "\"" + mutant + "\": its text stands not once in " + edit.file() + ": " + edit.text());
  }

  /** Finds a piece of source text, however it is broken into lines. */
  private static Pattern pattern(String text) {
    StringBuilder pattern = new StringBuilder();
    boolean afterWord = false;
    Matcher tokens = TOKEN.matcher(text);
    while (tokens.find()) {
      boolean word = Character.isJavaIdentifierPart(tokens.group().charAt(0));
      pattern.append(afterWord && word ? "\\s+" : pattern.isEmpty() ? "" : "\\s*");
      pattern.append(Pattern.quote(tokens.group()));
      afterWord = word;
    }
    return Pattern.compile(pattern.toString());
  }

  private static URL url(Path path) throws MalformedURLException {
    return path.toUri().toURL();
  }

  private static void compile(Map<Path, String> sources, Path directory) throws IOException {
    Files.createDirectories(directory);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<JavaFileObject> files = new ArrayList<>();
    sources.forEach((source, text) -> files.add(file(source, text)));
    StringWriter complaints = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "-d",
            directory.toString(),
            "-cp",
            System.getProperty("java.class.path"));
    if (!compiler.getTask(complaints, null, null, options, null, files).call()) {
      throw new IllegalStateException("A mutant does not compile: " + complaints);
    }
  }

  private static JavaFileObject file(Path source, String text) {
    URI name = URI.create("string:///" + source.getFileName());
    return new SimpleJavaFileObject(name, JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(OURS)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : findClass(name);
    }
  }

  /** What is left of a failing run when it is shrunk. */
  List<?> shrunk(Seed seed) throws ReflectiveOperationException {
    return (List<?>)
        loadClass(Simulation.class.getName(), true)
            .getMethod("shrunk", String.class)
            .invoke(null, seed.toString());
  }

  /** What the run of a seed breaks; null if nothing. */
  String failureOf(Seed seed) throws ReflectiveOperationException {
    return (String)
        loadClass(Simulation.class.getName(), true)
            .getMethod("failureOf", String.class)
            .invoke(null, seed.toString());
  }
}
