using System.Reflection;
using Cairn.Checkpoints;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>A public field or property of an optimizer's state or options.</summary>
internal sealed record StateMember(string Name, Type Type, Func<object, object?> Get, Action<object, object?> Set)
{
    private const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The fields that a class of TorchSharp's declares itself: tensors and plain values.</summary>
    /// <exception cref="UntrackableStateException">There is a field of another kind: this TorchSharp is not one that Cairn knows.</exception>
    public static StateMember[] DeclaredBy(Type type) => [.. type.GetFields(Everything).Select(field =>
        field.IsPublic && (field.FieldType == typeof(Tensor) || PlainValue.IsKnown(field.FieldType))
            ? new StateMember(field.Name, field.FieldType, field.GetValue, field.SetValue)
            : throw new UntrackableStateException($"{type.DeclaringType?.Name}.{type.Name} has a field {field.Name} of type {field.FieldType.Name}, which this version of Cairn does not know; the state would not be complete"))];

    /// <summary>A property under a name of Cairn's.</summary>
    public static StateMember Of(string name, PropertyInfo property) => new(name, property.PropertyType, property.GetValue, property.SetValue);
}
