package kappa;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;

/** Which APIs we offer, held against those of the client library; also writes the library's list for docs/compatibility.md. */
class ApisTest {
  static List<ApiKeys> clientApis() {
    return ApiKeys.apisForListener(ApiMessageType.ListenerType.BROKER).stream()
        .filter(api -> !api.clusterAction && api.toApiVersion(false).isPresent()).toList();
  }

  static ApiVersionsResponse ask(Server server) throws IOException {
    short version = 4;
    String[] address = server.address().split(":");
    try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]))) {
      var request = new ApiVersionsRequest(new ApiVersionsRequestData().setClientSoftwareName("test").setClientSoftwareVersion("1"), version);
      ByteBuffer bytes = request.serializeWithHeader(new RequestHeader(ApiKeys.API_VERSIONS, version, "test", 7));
      var out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(bytes.remaining());
      out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
      var in = new DataInputStream(socket.getInputStream());
      ByteBuffer answer = ByteBuffer.wrap(in.readNBytes(in.readInt()));
      ResponseHeader.parse(answer, ApiKeys.API_VERSIONS.responseHeaderVersion(version));
      return ApiVersionsResponse.parse(new ByteBufferAccessor(answer), version);
    }
  }

  @Test
  void everyApiThatIsOfferedIsOneThatTheClientSpeaks() throws IOException {
    try (var server = new Server()) {
      var offered = ask(server).data().apiKeys();
      assertFalse(offered.isEmpty());
      for (ApiVersionsResponseData.ApiVersion api : offered) {
        assertTrue(ApiKeys.hasId(api.apiKey()), () -> "no such API: " + api);
        ApiKeys known = ApiKeys.forId(api.apiKey());
        assertTrue(known.oldestVersion() <= api.maxVersion() && api.minVersion() <= known.latestVersion(), () -> known + " " + api);
      }
    }
  }

  @Test
  void theListOfTheLibraryIsWritten() throws IOException {
    List<String> lines = new ArrayList<>(List.of("version\t" + AppInfoParser.getVersion() + "\t\t"));
    for (ApiKeys api : clientApis()) {
      var versions = api.toApiVersion(false).get();
      lines.add(api.id + "\t" + api.name + "\t" + versions.minVersion() + "\t" + versions.maxVersion());
    }
    Path file = Path.of(System.getProperty("kappa.logs")).resolveSibling("apis.tsv");
    Files.write(file, lines);
    assertTrue(lines.size() > 40, lines::toString);
  }
}
