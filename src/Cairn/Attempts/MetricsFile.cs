using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Attempts;

/// <summary>
/// Writes what the program reports beside an attempt's journal, one JSON object a line. The lines are collected and handed to the
/// kernel once a second and before each save, so that training does not wait for a disk at every report.
/// </summary>
/// <param name="path">The file; made with the first report. One that an attempt without a journal left under this name goes.</param>
internal sealed class MetricsFile(string path) : IDisposable
{
    private const int EnoughAtOnce = 64 << 10;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly ArrayBufferWriter<byte> lines = new();
    private readonly Lock gate = new();
    private readonly Utf8JsonWriter json = new(Stream.Null);
    private SafeFileHandle? file;
    private long length;
    private long flushedAt = Stopwatch.GetTimestamp();
    private bool told;
    private bool disposed;

    /// <summary>Told of the first lines that could not be written. That is no reason to stop training, so nothing is thrown.</summary>
    public Action<Exception>? OnFailure { get; set; }

    /// <summary>Adds reports.</summary>
    /// <param name="take">Gives them, in their turn: what was taken first stands first, whatever threads there are.</param>
    public void Add(Func<IReadOnlyList<MetricReport>> take)
    {
        Exception? failure = null;
        lock (gate)
        {
            var reports = take();
            if (disposed)
            {
                failure = new InvalidOperationException("the run has ended");
                reports = [];
            }

            foreach (var report in reports)
            {
                json.Reset(lines);
                report.Write(json);
                json.Flush();
                lines.Write("\n"u8);
                if (lines.WrittenCount >= EnoughAtOnce)
                    failure = Write() ?? failure;
            }

            if (Stopwatch.GetElapsedTime(flushedAt) >= Interval)
                failure = Write() ?? failure;
        }

        Tell(failure);
    }

    /// <summary>Hands all lines to the kernel, so that the end of the process takes none of them.</summary>
    public void Flush()
    {
        Exception? failure;
        lock (gate)
            failure = Write();
        Tell(failure);
    }

    /// <summary>Returns when all lines that the kernel has are on the disk (fsync), or could not be brought there. Nobody who adds lines waits meanwhile.</summary>
    public void MakeDurable()
    {
        if (file is not { } open)
            return;
        try
        {
            RandomAccess.FlushToDisk(open);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Told when it cannot be written; a disk that fails fails the save, too.
        }
    }

    public void Dispose()
    {
        Flush();
        lock (gate)
        {
            disposed = true;
            file?.Dispose();
            json.Dispose();
        }
    }

    // Not under the lock: it is a user's logger that is told.
    private void Tell(Exception? failure)
    {
        if (failure is null || told)
            return;
        told = true;
        OnFailure?.Invoke(failure);
    }

    private Exception? Write()
    {
        flushedAt = Stopwatch.GetTimestamp();
        if (lines.WrittenCount == 0 || disposed)
            return null;
        try
        {
            file ??= Create();
            RandomAccess.Write(file, lines.WrittenSpan, length);
            length += lines.WrittenCount;
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            CutOff();
            return error;
        }
        finally
        {
            lines.ResetWrittenCount();
        }
    }

    private SafeFileHandle Create()
    {
        File.Delete(path);
        return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    // A full disk may have taken a part of the lines: whole ones stay.
    private void CutOff()
    {
        try
        {
            if (file is not null)
                RandomAccess.SetLength(file, length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Then a reader passes the broken line over, and the next lines are written in its place.
        }
    }
}
