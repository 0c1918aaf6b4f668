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
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Loads the project's classes anew, with one source file changed: that file is compiled over the
 * classes that are there, and everything of the project comes from this loader, so that nothing is
 * shared with what is not changed.
 */
final class MutantLoader extends URLClassLoader {

  private static final String OURS = "io.github.skywalker.";

  private MutantLoader(URL[] urls) {
    super(urls, MutantLoader.class.getClassLoader());
  }

  /** Compiles a mutant into a directory, and makes a loader of it. */
  static MutantLoader of(Mutant mutant, Path directory) throws IOException {
    Path source = Sources.root().resolve(mutant.file());
    String text = Files.readString(source);
    for (Mutant.Edit edit : mutant.edits()) {
      int at = text.indexOf(edit.text());
      if (at < 0 || text.indexOf(edit.text(), at + 1) >= 0) {
        throw new IllegalStateException(
            "\""
                + mutant
                + "\": its text stands not once in "
                + mutant.file()
                + ": "
                + edit.text());
      }
      text = text.substring(0, at) + edit.replacement() + text.substring(at + edit.text().length());
    }
    compile(source, text, directory);
    List<URL> urls = new ArrayList<>();
    urls.add(url(directory));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(url(Path.of(entry)));
    }
    return new MutantLoader(urls.toArray(new URL[0]));
  }

  private static URL url(Path path) throws MalformedURLException {
    return path.toUri().toURL();
  }

  private static void compile(Path source, String text, Path directory) throws IOException {
    Files.createDirectories(directory);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///" + source.getFileName()), SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
          }
        };
    StringWriter complaints = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "-d",
            directory.toString(),
            "-cp",
            System.getProperty("java.class.path"));
    if (!compiler.getTask(complaints, null, null, options, null, List.of(file)).call()) {
      throw new IllegalStateException("A mutant does not compile: " + complaints);
    }
  }

  private static final JavaFileObject.Kind SOURCE = JavaFileObject.Kind.SOURCE;

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
  List<?> shrunk(long seed) throws ReflectiveOperationException {
    return (List<?>)
        loadClass(Simulation.class.getName(), true)
            .getMethod("shrunk", long.class)
            .invoke(null, seed);
  }

  /** What the run of a seed breaks; null if nothing. */
  String failureOf(long seed) throws ReflectiveOperationException {
    return (String)
        loadClass(Simulation.class.getName(), true)
            .getMethod("failureOf", long.class)
            .invoke(null, seed);
  }
}
