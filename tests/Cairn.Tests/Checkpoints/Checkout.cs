namespace Cairn.Tests.Checkpoints;

/// <summary>The working tree that these tests were built in.</summary>
internal static class Checkout
{
    public static readonly string Path = Find();

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(directory.FullName, "Cairn.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("this test needs the checkout that it was built in");
        return directory.FullName;
    }
}
