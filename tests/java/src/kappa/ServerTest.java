package kappa;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** What test classes have in common: one server for all tests of a class, which run one after the other. */
abstract class ServerTest {
  static Server server;
  static Clients clients;

  @BeforeAll
  static void startServer() {
    server = new Server();
    clients = new Clients(server);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }
}
