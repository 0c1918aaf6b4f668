package io.github.skywalker.paxos;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which module may use which other, and which library; and a reader of sources that finds what they
 * use in fact.
 *
 * <p>It reads text and not byte code, so that one test sees every module, the examples included,
 * and so that constants and annotations that leave no trace in byte code count as well. What it
 * cannot see is a type that is used without being named.
 */
final class ModuleArrows {

  private static final String ROOT = "io.github.skywalker";

  /** May be used by everyone: they log, or tell the compiler something. */
  private static final Set<String> EVERYWHERE =
      Set.of("org.slf4j", "org.jspecify.annotations", "com.google.errorprone.annotations");

  private static final String GUAVA = "com.google.common";
  private static final String NETTY = "io.netty";
  private static final String PROTOBUF = "com.google.protobuf";
  private static final Set<String> LEVELDB =
      Set.of("org.iq80.leveldb", "org.fusesource.leveldbjni");

  /** Of the JDK, beside what every Java has: how a file is opened past the system's cache. */
  private static final String MORE_OPEN_OPTIONS = "com.sun.nio.file";

  /**
   * What one module may use.
   *
   * @param modules the modules of this project
   * @param libraries the packages of others, each with all packages below it
   */
  private record Row(Set<String> modules, Set<String> libraries) {}

  /**
   * The table. A module that reads messages of {@code proto} also names the types of protobuf that
   * they are made of.
   */
  private static final Map<String, Row> ROWS =
      Map.of(
          "api", new Row(Set.of(), Set.of()),
          "util", new Row(Set.of(), Set.of(GUAVA)),
          "proto", new Row(Set.of(), Set.of(PROTOBUF)),
          "storage", new Row(Set.of("util"), union(LEVELDB, Set.of(MORE_OPEN_OPTIONS))),
          "network", new Row(Set.of("api", "util", "proto"), Set.of(PROTOBUF, NETTY)),
          "machine", new Row(Set.of("api", "util", "proto", "storage"), Set.of(PROTOBUF)),
          "paxos",
              new Row(
                  Set.of("api", "util", "proto", "storage", "network", "machine"),
                  union(LEVELDB, Set.of(GUAVA, PROTOBUF, NETTY))));

  private static final String CORE = ROOT + ".paxos.core";

  /** What the core may use of util: checks, which neither wait nor talk to anyone. */
  private static final Set<String> CHECKS = Set.of("Invariant");

  private static final Set<String> JAVA_BASE = packagesOfJdk("java.base");
  private static final Set<String> JAVA = packagesOfJdk("java.");

  private static final Pattern PACKAGE = Pattern.compile("\\bpackage\\s+([\\w.]+)\\s*;");

  /** A name with its package: in an import, or in the midst of code where it begins as most do. */
  private static final Pattern QUALIFIED =
      Pattern.compile(
          "(?:\\bimport\\s+(?:static\\s+)?"
              + "|(?<![\\w.$])(?=(?:java|javax|jdk|sun|com|org|io|net|ch|dev|info)\\b))"
              + "([a-z_]\\w*(?:\\s*\\.\\s*[a-z_]\\w*)*\\s*\\.\\s*(?:[A-Z]\\w*|\\*))");

  private static final Pattern WORD = Pattern.compile("\\b[A-Z]\\w*\\b");

  /** Comments and literals: names in them are used by nobody. */
  private static final Pattern NO_CODE =
      Pattern.compile(
          "/\\*.*?\\*/"
              + "|//[^\\n]*"
              + "|\"\"\"(?:\\\\.|(?!\"\"\").)*\"\"\""
              + "|\"(?:\\\\.|[^\"\\\\\\n])*\""
              + "|'(?:\\\\.|[^'\\\\\\n])*'",
          Pattern.DOTALL);

  /**
   * One source file.
   *
   * @param module the folder of its module, such as {@code util} or {@code examples/echo}
   * @param path its path below the folder of sources, with slashes
   * @param code its text without comments and literals
   */
  private record Source(String module, String path, String code) {

    String packageName() {
      Matcher matcher = PACKAGE.matcher(code);
      return matcher.find() ? matcher.group(1) : "";
    }

    String type() {
      return path.substring(path.lastIndexOf('/') + 1).replace(".java", "");
    }

    String qualifiedType() {
      return packageName() + "." + type();
    }

    boolean isValue() {
      return Pattern.compile("\\b(?:record|enum|sealed\\s+interface)\\s+" + type() + "\\b")
          .matcher(code)
          .find();
    }

    /** Every package and type that is named in full, whether imported or not. */
    Set<Name> names() {
      Set<Name> names = new TreeSet<>();
      Matcher matcher = QUALIFIED.matcher(code);
      while (matcher.find()) {
        String name = matcher.group(1).replaceAll("\\s", "");
        int dot = name.lastIndexOf('.');
        names.add(new Name(name.substring(0, dot), name.substring(dot + 1)));
      }
      return names;
    }
  }

  private record Name(String packageName, String type) implements Comparable<Name> {

    @Override
    public int compareTo(Name other) {
      return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
      return packageName + "." + type;
    }
  }

  private final Map<String, Source> sources = new TreeMap<>();

  /** Reads all sources of the main code below the root of the project. */
  static ModuleArrows read(Path root) throws IOException {
    ModuleArrows arrows = new ModuleArrows();
    for (String module : modules(root)) {
      Path folder = root.resolve(module).resolve("src/main/java");
      if (!Files.isDirectory(folder)) {
        continue; // proto: all of it is generated
      }
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
          String path = folder.relativize(file).toString().replace('\\', '/');
          arrows.add(module, path, Files.readString(file));
        }
      }
    }
    return arrows;
  }

  /** The modules that the poms name, those of {@code examples} as {@code examples/name}. */
  static List<String> modules(Path root) throws IOException {
    List<String> modules = new ArrayList<>();
    for (String module : modulesOfPom(root)) {
      List<String> inner = modulesOfPom(root.resolve(module));
      if (inner.isEmpty()) {
        modules.add(module);
      }
      inner.forEach(name -> modules.add(module + "/" + name));
    }
    return modules;
  }

  private static List<String> modulesOfPom(Path folder) throws IOException {
    return Pattern.compile("<module>([^<]+)</module>")
        .matcher(Files.readString(folder.resolve("pom.xml")))
        .results()
        .map(result -> result.group(1))
        .toList();
  }

  /** Adds one file, such as {@code ("util", "io/github/skywalker/util/Clock.java", …)}. */
  void add(String module, String path, String text) {
    sources.put(
        module + "/" + path, new Source(module, path, NO_CODE.matcher(text).replaceAll(" ")));
  }

  /** The modules that some source was read of. */
  Set<String> modulesRead() {
    return sources.values().stream().map(Source::module).collect(Collectors.toSet());
  }

  /** Every arrow that is not in the table, as a sentence that names file and target. */
  List<String> violations() {
    List<String> violations = new ArrayList<>();
    for (Source source : sources.values()) {
      String home = ROOT + "." + source.module().replace('/', '.');
      if (!isWithin(source.packageName(), home)) {
        violations.add(sentence(source, "stands in package " + source.packageName()));
        continue;
      }
      boolean core = isWithin(source.packageName(), CORE);
      for (Name name : source.names()) {
        boolean allowed = core ? coreMayUse(name, new HashSet<>()) : mayUse(source, home, name);
        if (!allowed) {
          violations.add(sentence(source, "may not use " + name));
        }
      }
    }
    return violations;
  }

  private static String sentence(Source source, String fault) {
    return source.module() + ": " + source.qualifiedType() + " " + fault;
  }

  private static boolean mayUse(Source source, String home, Name name) {
    String target = name.packageName();
    if (JAVA.contains(target) || isWithinAny(target, EVERYWHERE) || isWithin(target, home)) {
      return true;
    }
    if (source.module().startsWith("examples/")) {
      // A program brings libraries of its own, but sees only the outside of this one.
      return !isWithin(target, ROOT)
          || isWithin(target, ROOT + ".api")
          || (isWithin(target, ROOT + ".paxos") && !isWithin(target, CORE));
    }
    Row row = ROWS.get(source.module());
    return row != null
        && (isWithinAny(target, row.libraries())
            || row.modules().stream().anyMatch(module -> isWithin(target, ROOT + "." + module)));
  }

  /**
   * Whether the core may use a type: it is of java.base, a value of the API, a check, or a type of
   * the machines that keeps to this same rule, with all that it uses in turn.
   */
  private boolean coreMayUse(Name name, Set<String> asked) {
    String target = name.packageName();
    if (JAVA_BASE.contains(target)
        || isWithin(target, CORE)
        || isWithin(target, "org.jspecify.annotations")
        || isWithin(target, "com.google.errorprone.annotations")) {
      return true;
    }
    Source used = sourceOf(name);
    if (used == null) {
      return false;
    }
    return switch (used.module()) {
      case "api" -> used.isValue();
      case "util" -> CHECKS.contains(name.type());
      case "machine" -> isPure(used, asked);
      default -> false;
    };
  }

  private boolean isPure(Source source, Set<String> asked) {
    if (!asked.add(source.qualifiedType())) {
      return true; // on its way already
    }
    if (!source.names().stream().allMatch(name -> coreMayUse(name, asked))) {
      return false;
    }
    return WORD.matcher(source.code())
        .results()
        .map(result -> sourceOf(new Name(source.packageName(), result.group())))
        .filter(neighbour -> neighbour != null)
        .allMatch(neighbour -> isPure(neighbour, asked));
  }

  private Source sourceOf(Name name) {
    return byType().get(name.toString());
  }

  private Map<String, Source> byType() {
    Map<String, Source> byType = new HashMap<>();
    sources.values().forEach(source -> byType.put(source.qualifiedType(), source));
    return byType;
  }

  private static boolean isWithin(String packageName, String parent) {
    return packageName.equals(parent) || packageName.startsWith(parent + ".");
  }

  private static boolean isWithinAny(String packageName, Set<String> parents) {
    return parents.stream().anyMatch(parent -> isWithin(packageName, parent));
  }

  private static Set<String> union(Set<String> left, Set<String> right) {
    Set<String> both = new HashSet<>(left);
    both.addAll(right);
    return both;
  }

  /** The packages that the modules of the JDK with such names export to everyone. */
  private static Set<String> packagesOfJdk(String prefix) {
    return ModuleFinder.ofSystem().findAll().stream()
        .map(ModuleReference::descriptor)
        .filter(module -> module.name().startsWith(prefix))
        .flatMap(module -> module.exports().stream())
        .filter(exported -> !exported.isQualified())
        .map(ModuleDescriptor.Exports::source)
        .collect(Collectors.toUnmodifiableSet());
  }
}
