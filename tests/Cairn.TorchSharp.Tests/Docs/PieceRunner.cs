using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Cairn.TorchSharp.Tests.Docs;

/// <summary>Compiles pieces of the docs against the library as it is, and runs them in the current folder.</summary>
internal static class PieceRunner
{
    // As a console project has them. A whole program brings the rest itself.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private const string Usings = """
        using Cairn;
        using Cairn.Checkpoints;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;
        using Microsoft.Extensions.Options;
        using Microsoft.Extensions.Time.Testing;
        using TorchSharp;
        using Xunit;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn.functional;

        """;

    // What the text around a piece speaks of, small and real. A piece that makes one of these itself hides it.
    private const string Surroundings = """
        internal sealed class Surroundings
        {
            private TrainingRun? opened;
            private HostApplicationBuilder? built;
            private static nn.Module<Tensor, Tensor> model = null!;
            private static optim.Optimizer optimizer = null!;
            private static optim.lr_scheduler.LRScheduler scheduler = null!;
            private static ResumableLoader<Tensor> loader = null!;

            public Surroundings()
            {
                model = nn.Sequential(nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 1));
                optimizer = optim.SGD(model.parameters(), learningRate: 1e-3);
                scheduler = optim.lr_scheduler.StepLR(optimizer, 2);
                loader = new(new SampleOrder(count: 8, globalBatch: 4, seed: 1), samples => ones(samples.Length, 16));
            }

            private TrainingRun run
            {
                get
                {
                    if (opened is null)
                    {
                        opened = TrainingRun.Open("checkpoints", new() { SaveMode = PIECE_MODE });
                        if (PIECE_TRACKS_NOTHING)
                            TrackAll(opened);
                    }
                    return opened;
                }
            }

            private IHostApplicationBuilder builder => built ??= Host.CreateEmptyApplicationBuilder(null);
            private static Tensor loss => mse_loss(model.forward(randn(4, 16)), randn(4, 1));
            private static void Evaluate() { }
            private static void Average(IEnumerable<TorchSharp.Modules.Parameter> parameters, double weight) { }
            private static void Track(TrainingRun run, double rate) => TrackAll(run);
            private static void TrackAll(TrainingRun run)
            {
                run.Track("model", model);
                run.Track("optimizer", optimizer);
            }

            private static void Train<T>(T what)
            {
                using var scope = NewDisposeScope();
                loss.backward();
                optimizer.step();
                optimizer.zero_grad();
            }

            public static void MakeCheckpoints(string folder)
            {
                new Surroundings();
                using var run = TrainingRun.Open(folder);
                TrackAll(run);
                run.Track("foreign", nn.Sequential(("encoder", nn.Sequential(("0", nn.Linear(16, 4)), ("2", nn.Linear(4, 1)), ("norm", nn.LayerNorm(4))))));
                foreach (var step in run.Steps(3))
                {
                    Train(step);
                    run.Report("val_loss", 1.0 / (step + 1));
                }
                run.Finish();
                using var newest = Checkpoint.OpenNewest(folder);
                newest.Export("foreign", $"{folder}.safetensors");
            }

            public int Do()
            {
                var code = Piece();
                if (built is not null)
                {
                    using var host = built.Build();
                    host.Run();
                }
                if (opened is { Outcome: null })
                {
                    if (!PIECE_LOOPS)
                    {
                        foreach (var step in opened.Steps(3))
                            Train(step);
                    }
                    code = opened.Finish();
                }
                opened?.Dispose();
                return code;
            }

            private int Piece()
            {

        """;

    private static readonly IReadOnlyList<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>A piece as what can be compiled: a program as it is, and all else with its surroundings and the types of its page.</summary>
    public static string SourceOf(Piece piece)
    {
        var code = piece.IsBody ? $"foreach (var step in run.Steps(3)) {{\n#line 1\n{piece.Text}\n#line hidden\n}} return run.Finish();" : $"#line 1\n{piece.Text}\n#line hidden\nreturn 0;";
        var types = piece.Page.Where(one => one.IsType).Select(one => one.Text);
        return piece.IsProgram ? piece.Text : $"{Usings}{string.Join('\n', types)}\n{Adapted(piece)}{(piece.IsType ? "return 0;" : code)}\n}}\n}}";
    }

    /// <summary>What keeps a source from being compiled, and the assembly if nothing does.</summary>
    public static (IReadOnlyList<string> Problems, Assembly? Assembly) Compile(string source, bool isProgram)
    {
        var parse = new CSharpParseOptions(LanguageVersion.Preview);
        var options = new CSharpCompilationOptions(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);
        using var file = new MemoryStream();
        var result = CSharpCompilation.Create($"Piece{Guid.NewGuid():N}", [CSharpSyntaxTree.ParseText(ImplicitUsings, parse), CSharpSyntaxTree.ParseText(source, parse)], References, options).Emit(file);
        string[] problems = [.. result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.ToString())];
        return (problems, result.Success ? Assembly.Load(file.ToArray()) : null);
    }

    /// <summary>Runs a piece, and hands its exit code back. Of types, the methods that are tests are run.</summary>
    public static int Run(Piece piece, Assembly assembly)
    {
        if (piece.IsProgram)
            return assembly.EntryPoint!.Invoke(null, [Array.Empty<string>()]) as int? ?? 0;

        var surroundings = assembly.GetType("Surroundings")!;
        foreach (var folder in piece.Folders.Where(folder => !Directory.Exists(folder)))
            surroundings.GetMethod("MakeCheckpoints")!.Invoke(null, [folder]);
        if (!piece.IsType)
            return (int)surroundings.GetMethod("Do")!.Invoke(Activator.CreateInstance(surroundings), null)!;
        foreach (var test in assembly.GetTypes().SelectMany(type => type.GetMethods()).Where(method => method.IsDefined(typeof(FactAttribute))))
        {
            var instance = Activator.CreateInstance(test.DeclaringType!);
            using (instance as IDisposable)
                test.Invoke(instance, null);
        }

        return 0;
    }

    private static string Adapted(Piece piece) => Surroundings
        .Replace("PIECE_MODE", piece.Text.Contains("BeforeOptimizerStep", StringComparison.Ordinal) ? "SaveMode.Overlapped" : "SaveMode.Asynchronous", StringComparison.Ordinal)
        .Replace("PIECE_TRACKS_NOTHING", Word(!piece.Text.Contains("run.Track(", StringComparison.Ordinal)), StringComparison.Ordinal)
        .Replace("PIECE_LOOPS", Word(piece.Loops), StringComparison.Ordinal);

    private static string Word(bool value) => value ? "true" : "false";
}
