using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Tests.SlurmForms;

public sealed class ArrayElementTests
{
    // As 22.05 was seen to set the variables.
    [Theory]
    [InlineData("3", 3, 1, 3, 3, 1)]
    [InlineData("3,5,9%2", 5, 3, 3, 9, 1)]
    [InlineData("0-15", 0, 16, 0, 15, 1)]
    [InlineData("0-15:4", 12, 4, 0, 12, 4)]
    [InlineData("9,0-2", 2, 4, 0, 9, 1)]
    [InlineData("0-3,8-12:2", 3, 7, 0, 12, 2)]
    [InlineData("[1-3]%2", 2, 3, 1, 3, 1)]
    [InlineData("1-3%2,5-6", 5, 5, 1, 6, 1)]
    [InlineData("[1-3]%2,9", 9, 4, 1, 9, 1)]
    [InlineData("[1-5:2]", 5, 3, 1, 5, 2)]
    [InlineData("[2,4]", 4, 2, 2, 4, 1)]
    [InlineData("1-3:2%1", 3, 2, 1, 3, 2)]
    [InlineData("1-10%%2", 10, 10, 1, 10, 1)]
    [InlineData("%2", 0, 1, 0, 0, 1)]
    [InlineData("1,,2%x", 2, 2, 1, 2, 1)]
    public void An_element_knows_its_array(string array, int task, int count, int least, int most, int step)
    {
        Assert.True(ArrayElement.TryParse(array, task, out var element));
        Assert.Equal(new(task, count, least, most, step), element);
    }

    [Fact]
    public void A_task_that_is_not_in_the_array_is_none()
    {
        Assert.True(ArrayElement.TryParse("0-15:4", 3, out var element));
        Assert.Null(element);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("5-1")]
    [InlineData("1-2-3")]
    [InlineData("3:2")]
    [InlineData("0-9:0")]
    [InlineData("-1")]
    [InlineData("{1-3}")]
    [InlineData("0-99999")]
    public void What_is_no_array_is_refused(string array) => Assert.False(ArrayElement.TryParse(array, 1, out _));
}
