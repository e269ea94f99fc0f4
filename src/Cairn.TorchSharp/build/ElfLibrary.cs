// Compiled twice: into Cairn.TorchSharp, and by MSBuild as a task of the user's build (Cairn.TorchSharp.targets). MSBuild
// gives a task one file and .NET Standard 2.0: hence the plain C#, and the task at the end. Programs read two libraries with it
// at start, where every method and every generic type costs time to compile: hence the tables that are walked, not copied.
#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Cairn;

/// <summary>One version that a library wants another to have, for example GLIBCXX_3.4.30 of libstdc++.so.6.</summary>
internal sealed class VersionNeed
{
    public VersionNeed(string library, string version, bool isWeak, int index = 0, int flagsAt = 0)
    {
        Library = library;
        Version = version;
        IsWeak = isWeak;
        Index = index;
        FlagsAt = flagsAt;
    }

    /// <summary>The file name of the library that should have it.</summary>
    public string Library { get; }

    public string Version { get; }

    /// <summary>Whether the loader lets it pass when the version is missing.</summary>
    public bool IsWeak { get; }

    /// <summary>The number by which the symbols of the library refer to it.</summary>
    public int Index { get; }

    /// <summary>Where in the file its flags stand.</summary>
    public int FlagsAt { get; }
}

/// <summary>
/// The versions of symbols that a shared library needs and provides, read as the dynamic loader reads them: from the dynamic
/// segment, for section headers may be stripped. 64 bits, little-endian; Linux on x64 and arm64.
/// </summary>
internal sealed class ElfLibrary
{
    private const int LoadSegment = 1, DynamicSegment = 2, SegmentSize = 56;

    // Tags of the dynamic segment.
    private const long PltRelSize = 2, StringTable = 5, Rela = 7, RelaSize = 8, PltRel = 23;
    private const long VersionSymbols = 0x6ffffff0, Definitions = 0x6ffffffc, Needed = 0x6ffffffe;

    private const int Weak = 2, NamesTheLibrary = 1;

    // A symbol's version number has 15 bits: a table with more entries is damaged, and might lead in a circle.
    private const int MostVersions = 0x7fff;

    private const int PageSize = 4096;

    private readonly Stream file;
    private readonly long length;
    private readonly byte[]?[] pages;
    private readonly long dynamicAt;
    private readonly long strings;

    /// <summary>Takes a library. Little of it is read.</summary>
    /// <param name="file">A seekable stream, to be kept open as long as the library is asked.</param>
    /// <exception cref="InvalidDataException">It is not a library of the expected kind; the message says what is wrong.</exception>
    public ElfLibrary(Stream file)
    {
        this.file = file;
        length = file.Length;
        pages = new byte[]?[length / PageSize + 1];
        if (length < 64 || UInt32(0) != 0x464c457f)
            throw new InvalidDataException("it is not an ELF library");
        if (UInt16(4) != 0x0102)
            throw new InvalidDataException("it is an ELF file, but not of 64 bits and little-endian");
        var dynamic = FindSegment(DynamicSegment, address: 0);
        if (dynamic < 0)
            throw new InvalidDataException("it is an ELF file, but not a shared library");
        dynamicAt = Int64(dynamic + 8);
        strings = Dynamic(StringTable);
    }

    /// <summary>Reads the versions that it needs of others.</summary>
    /// <exception cref="InvalidDataException">The file is truncated or damaged.</exception>
    public List<VersionNeed> ReadNeeds()
    {
        var needs = new List<VersionNeed>();
        if (Dynamic(Needed) is var table && table == 0)
            return needs;
        for (long at = OffsetOf(table), next = 1; next != 0; at += next)
        {
            var library = Text(UInt32(at + 4));
            var need = at + UInt32(at + 8);
            for (var left = UInt16(at + 2); left > 0; left--)
            {
                needs.Add(new VersionNeed(library, Text(UInt32(need + 8)), (UInt16(need + 4) & Weak) != 0, UInt16(need + 6) & MostVersions, (int)need + 4));
                if (needs.Count > MostVersions)
                    throw new InvalidDataException("its table of needed versions has no end");
                need += UInt32(need + 12);
            }

            next = UInt32(at + 12);
        }

        return needs;
    }

    /// <summary>Reads the versions that it provides, without the one that names the library itself.</summary>
    /// <exception cref="InvalidDataException">The file is truncated or damaged.</exception>
    public List<string> ReadProvided()
    {
        var provided = new List<string>();
        if (Dynamic(Definitions) is var table && table == 0)
            return provided;
        for (long at = OffsetOf(table), next = 1; next != 0; at += next)
        {
            if ((UInt16(at + 2) & NamesTheLibrary) == 0)
                provided.Add(Text(UInt32(at + UInt32(at + 12))));
            if (provided.Count > MostVersions)
                throw new InvalidDataException("its table of provided versions has no end");
            next = UInt32(at + 16);
        }

        return provided;
    }

    /// <summary>Whether a relocation refers to a symbol of this version, so that the loader will look it up.</summary>
    /// <exception cref="InvalidDataException">The file is truncated or damaged.</exception>
    public bool Uses(VersionNeed need) => AnyRelocation(Dynamic(Rela), Dynamic(RelaSize), need.Index) || AnyRelocation(Dynamic(PltRel), Dynamic(PltRelSize), need.Index);

    /// <summary>
    /// Marks as weak all needs of one library's versions that <paramref name="image"/> has and does not use. The compiler leaves
    /// such needs behind as a mark (GCC 13: GLIBCXX_3.4.32 in what includes iostream), and the loader refuses the whole library
    /// for them, though no symbol is ever looked up.
    /// </summary>
    /// <param name="image">The library's bytes; changed in place, and only when all could be read.</param>
    /// <param name="library">The library whose versions may be weak, for example libstdc++.so.6.</param>
    /// <returns>The versions that were marked.</returns>
    /// <exception cref="InvalidDataException">The bytes are not a whole library; none was changed.</exception>
    public static List<string> WeakenUnusedNeeds(byte[] image, string library)
    {
        var elf = new ElfLibrary(new MemoryStream(image));
        var unused = elf.ReadNeeds().FindAll(need => need.Library == library && !need.IsWeak && !elf.Uses(need));
        foreach (var need in unused)
            image[need.FlagsAt] |= Weak;
        return unused.ConvertAll(need => need.Version);
    }

    private bool AnyRelocation(long table, long size, int version)
    {
        if (table == 0)
            return false;
        var versions = OffsetOf(Dynamic(VersionSymbols));
        var start = OffsetOf(table);
        for (var at = start; at < start + size; at += 24)
        {
            // Symbol 0 stands for "none".
            if (UInt32(at + 12) is var symbol && symbol != 0 && (UInt16(versions + 2L * symbol) & MostVersions) == version)
                return true;
        }

        return false;
    }

    // 0 where the library has no such entry.
    private long Dynamic(long tag)
    {
        for (var at = dynamicAt; ; at += 16)
        {
            var here = Int64(at);
            if (here == tag)
                return Int64(at + 8);
            if (here == 0)
                return 0;
        }
    }

    private long OffsetOf(long address)
    {
        var segment = FindSegment(LoadSegment, address);
        return segment >= 0 ? address - Int64(segment + 16) + Int64(segment + 8) : throw NoByteFor(address);
    }

    // Where the header of the segment stands, for a loaded one of that which holds the address; -1 where there is none.
    private long FindSegment(int kind, long address)
    {
        var table = Int64(32);
        for (var i = 0; i < UInt16(56); i++)
        {
            var at = table + (long)i * SegmentSize;
            var start = Int64(at + 16);
            if (UInt32(at) == kind && (kind != LoadSegment || (address >= start && address - start < Int64(at + 32))))
                return at;
        }

        return -1;
    }

    private string Text(long offset)
    {
        var text = new StringBuilder();
        for (var at = OffsetOf(strings + offset); Byte(at) is var character && character != 0; at++)
            text.Append((char)character);
        return text.ToString();
    }

    private int UInt16(long at) => Byte(at) | Byte(at + 1) << 8;

    private uint UInt32(long at) => (uint)(UInt16(at) | UInt16(at + 2) << 16);

    private long Int64(long at) => UInt32(at) | (long)UInt32(at + 4) << 32;

    private byte Byte(long at)
    {
        if (at < 0 || at >= length)
            throw NoByte(at);
        return (pages[at / PageSize] ??= ReadPage(at / PageSize))[at % PageSize];
    }

    private byte[] ReadPage(long number)
    {
        var page = new byte[PageSize];
        file.Seek(number * PageSize, SeekOrigin.Begin);
        for (int read = 0, more = 1; more > 0 && read < PageSize; read += more)
            more = file.Read(page, read, PageSize - read);
        return page;
    }

    private InvalidDataException NoByte(long at) => new InvalidDataException($"it points to its byte {at}, and has {length}: it is truncated or damaged");

    private static InvalidDataException NoByteFor(long address) => new InvalidDataException($"nothing in it has the address 0x{address:x}: it is damaged");
}

#if !NET
/// <summary>Copies a library, with the needs that it has and does not use marked as weak. The original is not touched.</summary>
public sealed class CopyWithUnusedNeedsWeak : Microsoft.Build.Utilities.Task
{
    /// <summary>The library, for example in the package cache.</summary>
    [Microsoft.Build.Framework.Required]
    public string Source { get; set; } = "";

    /// <summary>Where the copy goes; what is there is replaced, not written into, for it may have hard links.</summary>
    [Microsoft.Build.Framework.Required]
    public string Destination { get; set; } = "";

    /// <inheritdoc/>
    public override bool Execute()
    {
        var image = File.ReadAllBytes(Source);
        try
        {
            var weak = ElfLibrary.WeakenUnusedNeeds(image, "libstdc++.so.6");
            Log.LogMessage("{0}: {1}", Destination, weak.Count == 0 ? "nothing to change" : $"made weak what nothing uses: {string.Join(", ", weak)}");
        }
        catch (InvalidDataException damage)
        {
            Log.LogWarning(null, "CAIRN0001", null, Source, 0, 0, 0, 0, "{0}. It is used as it is.", damage.Message);
            return true;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        var beside = $"{Destination}.{Guid.NewGuid():N}";
        File.WriteAllBytes(beside, image);
        File.Delete(Destination);
        File.Move(beside, Destination);
        return true;
    }
}
#endif
