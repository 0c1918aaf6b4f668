package io.github.skywalker.examples.journey;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.DefaultJoranConfigurator;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * Where the log goes: to standard error, as results go to standard output. {@code LOG_LEVEL}, a
 * property of the system or of the environment, says from which level on; by default INFO.
 *
 * <p>It stands here, and not in logback's XML, because reading that takes a fifth of a start. Where
 * logback finds a file, by {@code -Dlogback.configurationFile} or on the class path, that is
 * obeyed.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {

  /** Made by logback, as META-INF/services tells it. */
  public LogSetup() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    Configurator byFile = new DefaultJoranConfigurator();
    byFile.setContext(context);
    ExecutionStatus found = byFile.configure(context);
    if (found == ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY) {
      return found;
    }
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%d{HH:mm:ss.SSS} %-5level %logger{0}: %msg%n");
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget(ConsoleTarget.SystemErr.getName());
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(level());
    root.addAppender(appender);
    context.getLogger("io.netty").setLevel(Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static Level level() {
    String wanted = System.getProperty("LOG_LEVEL", System.getenv("LOG_LEVEL"));
    return Level.toLevel(wanted, Level.INFO);
  }
}
