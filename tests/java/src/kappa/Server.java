package kappa;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A `kappa serve` of its own on free ports, with a temporary directory that goes with it. */
final class Server implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("^ready .*?kafka=(\\S+)");

  private final Path directory;
  private Process process;
  private String address;

  Server() {
    try {
      directory = Files.createTempDirectory("kappa-test-");
      start("127.0.0.1:0");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String address() {
    return address;
  }

  /** Where the partition's segments are. */
  Path partition(String topic, int partition) {
    return find(topic + "-" + partition);
  }

  /** Ends it as a power cut would its process, and starts it again at the same address. */
  void killAndRestart() {
    process.destroyForcibly();
    waitForEnd();
    try {
      start(address);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    int code = waitForEnd();
    if (code != 0) throw new IllegalStateException("the server ended with exit code " + code + ", see " + log());
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path find(String name) {
    try (var files = Files.walk(directory)) {
      return files.filter(path -> path.getFileName().toString().equals(name)).findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private File log() {
    return new File(System.getProperty("kappa.logs"), directory.getFileName() + ".log");
  }

  private void start(String listen) throws IOException {
    List<String> command = new ArrayList<>(List.of(System.getProperty("kappa.program"), "serve"));
    command.addAll(List.of("--data", directory.toString(), "--kafka-listen", listen, "--sql-listen", "127.0.0.1:0"));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log())).start();
    String line = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
    Matcher match = READY.matcher(line == null ? "" : line);
    if (!match.find()) throw new IllegalStateException("the server did not become ready, see " + log());
    address = match.group(1);
  }

  private int waitForEnd() {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) throw new IllegalStateException("the server does not end");
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
