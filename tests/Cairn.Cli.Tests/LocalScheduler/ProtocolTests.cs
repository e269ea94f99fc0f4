using System.Net;
using System.Net.Sockets;
using System.Text;
using Cairn.Cli.LocalScheduler.Protocol;

namespace Cairn.Cli.Tests.LocalScheduler;

/// <summary>The bytes that go between the commands of a job and their scheduler, and what is taken for a message.</summary>
public class ProtocolTests
{
    [Fact]
    public async Task A_request_is_a_line()
    {
        Assert.Equal(
            """{"command":"scontrol","arguments":["show","j\u00F6b \u002B \u00221\u0022"],"timeFormat":null,"queueFormat":null,"program":null,"processes":null}""" + "\n",
            await LineOf(new Request("scontrol", ["show", "jöb + \"1\""])));
        Assert.Equal(
            """{"command":"step-started","arguments":[],"timeFormat":"%s","queueFormat":"%i","program":"train","processes":[12,-3]}""" + "\n",
            await LineOf(new Request("step-started", []) { TimeFormat = "%s", QueueFormat = "%i", Program = "train", Processes = [12, -3] }));
    }

    [Fact]
    public async Task A_reply_is_a_line()
    {
        Assert.Equal("""{"exitCode":0,"output":"","error":"","step":null}""" + "\n", await LineOf(new Reply(0)));
        Assert.Equal(
            """{"exitCode":1,"output":"a\n","error":"\u00E4\n","step":{"step":3,"nodes":["n1","n2"],"tasks":4,"killWait":0.5}}""" + "\n",
            await LineOf(new Reply(1, "a\n", "ä\n") { Step = new(3, new(["n1", "n2"], 4), TimeSpan.FromMilliseconds(500)) }));
    }

    [Theory]
    [InlineData("{}", null, null, null, null)]
    [InlineData("""{"command":"squeue","arguments":["a","b"]}""", "squeue", "a b", null, null)]
    [InlineData("""{"processes":[1,2],"program":"train","command":"c","arguments":null}""", "c", null, "train", "1 2")]
    [InlineData("""{"command":"x","command":"y","arguments":["a"],"arguments":[null]}""", "y", "", null, null)]
    [InlineData("""{"command":"x","command":null,"Command":"z","more":{"command":["q"]}}""", null, null, null, null)]
    [InlineData("""{"processes":[],"arguments":[],"program":""}""", null, "", "", "")]
    [InlineData("""{"command":7,"command":"squeue"}""", "squeue", null, null, null)]
    public async Task What_a_request_leaves_out_is_not_there(string line, string? command, string? arguments, string? program, string? processes)
    {
        var request = (await RequestOf(line))!;
        Assert.Equal(
            (command, arguments, program, processes, (string?)null, (string?)null),
            (request.Command, Words(request.Arguments), request.Program, Words(request.Processes), request.TimeFormat, request.QueueFormat));

        static string? Words<T>(IReadOnlyList<T>? list) => list is null ? null : string.Join(' ', list);
    }

    [Theory]
    [InlineData("{}", 0, "", "", null)]
    [InlineData("""{"exitCode":3,"output":"o","error":"e","step":{}}""", 3, "o", "e", "0 0")]
    [InlineData("""{"output":null,"step":{"tasks":2,"step":1,"step":5,"other":1}}""", 0, "", "", "5 2")]
    [InlineData("""{"step":{"step":"1"},"step":null}""", 0, "", "", null)]
    [InlineData("""{"step":{"step":1},"step":null,"exitcode":"x"}""", 0, "", "", null)]
    public async Task What_a_reply_leaves_out_is_nothing(string line, int code, string output, string error, string? step)
    {
        var reply = (await ReplyOf(line))!;
        Assert.Equal((code, output, error, step), (reply.ExitCode, reply.Output, reply.Error, reply.Step is { } permit ? $"{permit.Step} {permit.Layout.Tasks}" : null));
    }

    [Fact]
    public async Task Null_is_as_if_the_other_side_had_gone()
    {
        Assert.Null(await RequestOf("null"));
        Assert.Null(await ReplyOf("null"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{\"command\":\"squeue\",}")]
    [InlineData("\ufeff{}")]
    [InlineData("""{"command":7}""")]
    [InlineData("""{"command":"\ud800"}""")]
    [InlineData("""{"arguments":"a"}""")]
    [InlineData("""{"arguments":[1]}""")]
    [InlineData("""{"arguments":{}}""")]
    [InlineData("""{"timeFormat":1}""")]
    [InlineData("""{"queueFormat":[]}""")]
    [InlineData("""{"program":false}""")]
    [InlineData("""{"processes":["1"]}""")]
    [InlineData("""{"processes":[null]}""")]
    [InlineData("""{"processes":[99999999999]}""")]
    [InlineData("""{"processes":1}""")]
    public async Task What_is_no_request_is_said(string line) => await Assert.ThrowsAsync<InvalidDataException>(() => RequestOf(line));

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"exitCode":null}""")]
    [InlineData("""{"exitCode":"1"}""")]
    [InlineData("""{"exitCode":1.5}""")]
    [InlineData("""{"output":1}""")]
    [InlineData("""{"error":{}}""")]
    [InlineData("""{"step":1}""")]
    [InlineData("""{"step":[]}""")]
    [InlineData("""{"step":{"step":"1"}}""")]
    [InlineData("""{"step":{"tasks":null}}""")]
    public async Task What_is_no_reply_is_said(string line) => await Assert.ThrowsAsync<InvalidDataException>(() => ReplyOf(line));

    [Fact]
    public async Task Sixty_four_levels_are_read_and_no_more()
    {
        Assert.NotNull(await RequestOf($"{{\"deep\":{new string('[', 63)}{new string(']', 63)}}}"));
        await Assert.ThrowsAsync<InvalidDataException>(() => RequestOf($"{{\"deep\":{new string('[', 64)}{new string(']', 64)}}}"));
    }

    [Fact]
    public async Task Text_that_is_no_UTF_8_is_no_message()
    {
        byte[] line = [.. "{\"command\":\""u8, 0xff, .. "\"}\n"u8];
        var (near, far) = await Pair();
        using var channel = new LineChannel(near);
        using (far)
            await far.SendAsync(line, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidDataException>(() => channel.ReadRequestAsync());
    }

    [Fact]
    public async Task Lines_are_read_one_by_one_and_the_end_after_them()
    {
        var (near, far) = await Pair();
        using var channel = new LineChannel(near);
        using (far)
            await far.SendAsync("{\"command\":\"a\"}\nno message\n{\"command\":\"b\"}\n{\"comm"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("a", (await channel.ReadRequestAsync())!.Command);
        await Assert.ThrowsAsync<InvalidDataException>(() => channel.ReadRequestAsync());
        Assert.Equal("b", (await channel.ReadRequestAsync())!.Command);
        Assert.Null(await channel.ReadRequestAsync());
    }

    private static Task<string> LineOf(Request request) => Written(channel => channel.WriteAsync(request));

    private static Task<string> LineOf(Reply reply) => Written(channel => channel.WriteAsync(reply));

    private static Task<Request?> RequestOf(string line) => Read(line, channel => channel.ReadRequestAsync());

    private static Task<Reply?> ReplyOf(string line) => Read(line, channel => channel.ReadReplyAsync());

    private static async Task<string> Written(Func<LineChannel, Task> write)
    {
        var (near, far) = await Pair();
        using (var channel = new LineChannel(near))
            await write(channel);
        await using var stream = new NetworkStream(far, ownsSocket: true);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<T> Read<T>(string line, Func<LineChannel, Task<T>> read)
    {
        var (near, far) = await Pair();
        using var channel = new LineChannel(near);
        using (far)
            await far.SendAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);
        return await read(channel);
    }

    private static async Task<(Socket Near, Socket Far)> Pair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await far.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        return (await listener.AcceptAsync(TestContext.Current.CancellationToken), far);
    }
}
