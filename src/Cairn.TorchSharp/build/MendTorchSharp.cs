using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Makes a copy of TorchSharp's native library that also loads with a libstdc++ older than GCC 13's (Debian 12, Ubuntu 22.04).
/// The library asks for the symbol version GLIBCXX_3.4.32 for the sake of one symbol that is a mere marker: nothing in the file
/// refers to it. In the copy that need is marked as weak (VER_FLG_WEAK), which the loader takes as "good if it is there".
/// The source file, which lies in NuGet's package cache, is only read.
/// </summary>
/// <remarks>Compiled by MSBuild at build time (RoslynCodeTaskFactory, .NET Standard 2.0), hence one file and plain arrays.</remarks>
public class MendTorchSharp : Task
{
    [Required]
    public string Source { get; set; }

    [Required]
    public string Target { get; set; }

    public override bool Execute()
    {
        try
        {
            byte[] file = File.ReadAllBytes(Source);
            string outcome = ElfNeeds.MakeWeak(file, "libstdc++.so.6", "GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv");
            Log.LogMessage(MessageImportance.Low, "{0}: {1}", Source, outcome);
            Directory.CreateDirectory(Path.GetDirectoryName(Target));

            // Beside, then renamed: a build that is stopped half-way leaves no half a library.
            string beside = Target + "." + Guid.NewGuid().ToString("N");
            File.WriteAllBytes(beside, file);
            if (File.Exists(Target))
                File.Delete(Target);
            File.Move(beside, Target);
            return true;
        }
        catch (InvalidDataException error)
        {
            Log.LogError("Cairn cannot read TorchSharp's native library {0}: {1}. Set the property CairnMendTorchSharp to false to use it as it is.", Source, error.Message);
            return false;
        }
    }
}

/// <summary>The version needs of a 64-bit little-endian ELF file (System V gABI; GNU extension .gnu.version_r).</summary>
public static class ElfNeeds
{
    private const int SectionOfRelocations = 4;
    private const int SectionOfDynamicSymbols = 11;
    private const int SectionOfVersionNeeds = 0x6ffffffe;
    private const int SectionOfSymbolVersions = 0x6fffffff;
    private const int Weak = 2;

    /// <summary>Marks the need of one version as weak, in place, if only the one symbol has it and nothing refers to that.</summary>
    /// <returns>What was done, in words.</returns>
    public static string MakeWeak(byte[] file, string library, string version, string marker)
    {
        Elf elf = new Elf(file);
        Section needs = elf.Find(SectionOfVersionNeeds);
        if (needs == null)
            return "needs no versions";
        Section names = elf.Sections[needs.Link];
        long at = FindNeed(elf, needs, names, library, version);
        if (at < 0)
            return "does not need " + version;
        int flags = elf.U16(at + 4);
        if ((flags & Weak) != 0)
            return version + " is a weak need already";
        string user = FirstUser(elf, elf.U16(at + 6), marker);
        if (user != null)
            return version + " is really needed, by " + user;
        file[at + 4] |= Weak;
        return version + " is a weak need now";
    }

    private static long FindNeed(Elf elf, Section needs, Section names, string library, string version)
    {
        long need = needs.Offset;
        for (int i = 0; i < needs.Info; i++)
        {
            bool fits = elf.Text(names, elf.U32(need + 4)) == library;
            long entry = need + elf.U32(need + 8);
            for (int j = elf.U16(need + 2); fits && j > 0; j--)
            {
                if (elf.Text(names, elf.U32(entry + 8)) == version)
                    return entry;
                entry += elf.U32(entry + 12);
            }

            need += elf.U32(need + 12);
        }

        return -1;
    }

    // The first symbol of the version that is not the marker, or a relocation that refers to the marker.
    private static string FirstUser(Elf elf, int versionIndex, string marker)
    {
        Section symbols = elf.Find(SectionOfDynamicSymbols);
        Section versions = elf.Find(SectionOfSymbolVersions);
        if (symbols == null || versions == null)
            throw new InvalidDataException("it has version needs, but no versioned symbols");
        Section names = elf.Sections[symbols.Link];
        HashSet<long> markers = new HashSet<long>();
        for (long i = 0; i < symbols.Size / 24; i++)
        {
            if ((elf.U16(versions.Offset + (i * 2)) & 0x7fff) != versionIndex)
                continue;
            string name = elf.Text(names, elf.U32(symbols.Offset + (i * 24)));
            if (name != marker)
                return name;
            markers.Add(i);
        }

        foreach (Section section in elf.Sections)
        {
            for (long at = section.Offset; section.Type == SectionOfRelocations && at + 24 <= section.Offset + section.Size; at += 24)
            {
                if (markers.Contains(elf.U32(at + 12)))
                    return marker;
            }
        }

        return null;
    }

    private sealed class Section
    {
        public long Type;
        public long Offset;
        public long Size;
        public int Link;
        public long Info;
    }

    private sealed class Elf
    {
        private readonly byte[] file;

        public Elf(byte[] file)
        {
            this.file = file;
            if (file.Length < 64 || file[0] != 0x7f || file[1] != 'E' || file[2] != 'L' || file[3] != 'F')
                throw new InvalidDataException("it is no ELF file");
            if (file[4] != 2 || file[5] != 1)
                throw new InvalidDataException("it is not a 64-bit little-endian ELF file");
            long table = U64(40);
            int size = U16(58);
            int count = U16(60);
            if (size < 64)
                throw new InvalidDataException("its section headers are too short");
            for (int i = 0; i < count; i++)
            {
                long at = table + ((long)i * size);
                Sections.Add(new Section { Type = U32(at + 4), Offset = U64(at + 24), Size = U64(at + 32), Link = (int)Math.Min(U32(at + 40), int.MaxValue), Info = U32(at + 44) });
            }

            foreach (Section section in Sections)
            {
                if (section.Link >= Sections.Count)
                    throw new InvalidDataException("a section refers to one that is not there");
            }
        }

        public List<Section> Sections { get; } = new List<Section>();

        public Section Find(long type)
        {
            return Sections.Find(section => section.Type == type);
        }

        public int U16(long at)
        {
            return BitConverter.ToUInt16(file, Check(at, 2));
        }

        public long U32(long at)
        {
            return BitConverter.ToUInt32(file, Check(at, 4));
        }

        public long U64(long at)
        {
            return BitConverter.ToInt64(file, Check(at, 8));
        }

        public string Text(Section names, long at)
        {
            int begin = Check(names.Offset + at, 1);
            int end = Array.IndexOf(file, (byte)0, begin);
            return end < 0 ? throw new InvalidDataException("a name does not end") : Encoding.ASCII.GetString(file, begin, end - begin);
        }

        private int Check(long at, int length)
        {
            return at < 0 || at > file.Length - length ? throw new InvalidDataException("it is cut off or damaged (offset " + at + ")") : (int)at;
        }
    }
}
