import java.net.InetSocketAddress;
import java.nio.file.Files;
import org.apache.beam.fn.harness.ExternalWorkerService;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.StartWorkerRequest;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.StartWorkerResponse;
import org.apache.beam.runners.fnexecution.artifact.ArtifactRetrievalService;
import org.apache.beam.sdk.expansion.service.ExpansionService;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.vendor.grpc.v1p69p0.io.grpc.netty.NettyServerBuilder;
import org.apache.beam.vendor.grpc.v1p69p0.io.grpc.stub.StreamObserver;

/**
 * Beam's KafkaIO for a Python graph: says how it is expanded, and works on it, both at one address of this machine.
 *
 * <p>Beam's own programs answer to every machine that reaches them, and start the worker in a container. This one
 * answers to this machine only. Run it with the port; the jars are those of io/pom.xml. Where workers are on several
 * machines it runs on each, at the same port.
 */
public final class KafkaService {
  public static void main(String[] arguments) throws Exception {
    var here = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
    var address = here.getHostString() + ":" + here.getPort();
    // Every job would be sent the whole class path, which its worker has already: so it is sent an empty file.
    var nothing = Files.createTempFile("corpusgate-kafka", "");
    nothing.toFile().deleteOnExit();
    var options =
        PipelineOptionsFactory.fromArgs(
                "--defaultEnvironmentType=EXTERNAL",
                "--defaultEnvironmentConfig=" + address,
                "--filesToStage=" + nothing)
            .create();
    NettyServerBuilder.forAddress(here)
        .addService(new ExpansionService(options, address))
        .addService(new ArtifactRetrievalService())
        .addService(new Workers())
        .build()
        .start()
        .awaitTermination();
  }

  /** A worker for each request, with options of its own: the first to end shuts down the threads in them. */
  private static final class Workers extends ExternalWorkerService {
    Workers() {
      super(PipelineOptionsFactory.create());
    }

    @Override
    public void startWorker(StartWorkerRequest request, StreamObserver<StartWorkerResponse> answer) {
      new ExternalWorkerService(PipelineOptionsFactory.create()).startWorker(request, answer);
    }
  }
}
