using System.Text;
using Cairn.Cli.Wrapper;

namespace Cairn.Cli.Tests.Wrapper;

public class ShellsTests
{
    [Theory]
    [InlineData("#!/bin/bash\n", true)]
    [InlineData("#! /bin/sh -e\n", true)]
    [InlineData("#!/usr/bin/env bash\n", true)]
    [InlineData("#!/usr/bin/env -S A=1 zsh -f\n", true)]
    [InlineData("#!/bin/bash", true)]
    [InlineData("#!/usr/bin/python3\n# bash\n", false)]
    [InlineData("#!/usr/bin/env python3\n", false)]
    [InlineData("#!\n", false)]
    [InlineData("#!/usr/bin/env\n", false)]
    [InlineData("\u007fELF", false)]
    [InlineData("", false)]
    public void A_script_of_a_shell(string head, bool expected) => Assert.Equal(expected, Shells.IsScript(Encoding.Latin1.GetBytes(head)));

    [Fact]
    public void A_shell_itself() => Assert.Equal((true, false), (Shells.Runs("/bin/bash"), Shells.Runs("/bin/cat")));
}
