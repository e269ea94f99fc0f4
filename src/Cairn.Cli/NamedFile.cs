using Cairn.Posix;

namespace Cairn.Cli;

/// <summary>A small file that the user names: a regular one, read whole, and never more of it than it can sensibly hold.</summary>
internal static class NamedFile
{
    /// <param name="path">The file; a link to it is followed.</param>
    /// <param name="most">So many bytes at most.</param>
    /// <exception cref="NamedFileException">It cannot be read, or is nothing to read; the message is the predicate of a sentence.</exception>
    public static byte[] Read(string path, int most)
    {
        try
        {
            if (Directory.Exists(path))
                throw new NamedFileException("is a directory, not a file");
            // To open a pipe would wait for somebody who writes, and a device may never end.
            if (FileStatus.At(path) is { IsFile: false })
                throw new NamedFileException("is no regular file but a pipe, a socket or a device; write it into a file");
            using var file = File.OpenRead(path);
            using var content = new MemoryStream();
            var buffer = new byte[64 * 1024];
            // What the length says is not believed: the file may grow, and those of /proc have none.
            while (file.Read(buffer) is var read and > 0)
            {
                content.Write(buffer, 0, read);
                if (content.Length > most)
                    throw new NamedFileException($"is larger than {most} bytes");
            }

            return content.ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NamedFileException($"cannot be read: {error.Message}");
        }
    }
}

/// <summary>Why a file that was named is not read: the predicate of a sentence, as <c>is a directory, not a file</c>.</summary>
internal sealed class NamedFileException(string problem) : Exception(problem);
